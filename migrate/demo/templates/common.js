function hits(id) { document.write(100 + id * 7 % 900); }
function doZoom(size) { document.getElementById("zoom").style.fontSize = size + "px"; }
function setHome(link) { link.style.behavior = "url(#default#homepage)"; }
function addFavorite() { alert("请使用Ctrl+D加入收藏"); }
function share(where) { alert("分享到" + where); }
