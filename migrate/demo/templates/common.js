function hits(id) { document.write(100 + id * 7 % 900); }
function doZoom(size) { document.getElementById("zoom").style.fontSize = size + "px"; }
function setHome(link) { link.style.behavior = "url(#default#homepage)"; }
function addFavorite() { alert("请使用Ctrl+D加入收藏"); }
function share(where) { alert("分享到" + where); }
var shown = 0;
function turn() {
  var box = document.getElementById("slides"), all = box ? box.getElementsByTagName("div") : [];
  for (var i = 0; i < all.length; i++) all[i].className = i == shown % all.length ? "slide on" : "slide";
  shown++;
}
window.onload = function () { turn(); setInterval(turn, 4000); };
