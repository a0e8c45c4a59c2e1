"""What is one thing, and what only looks like it."""

from datetime import date

import pytest

from cms_site.legacy.intake.sameness import MIN_TEXT, Print, Same, print_of, read_print, same
from migrate.records import Content, Entry, FileLink, Kind, Outcome

TITLE = "云溪县人民政府办公室关于做好2019年防汛抗旱工作的通知"
BODY = (
    "<p>各乡镇人民政府，县政府各部门：</p><p>为切实做好2019年防汛抗旱工作，保障人民群众生命财产安全，现将有关事项通知如下。</p>"
    "<p>一、压实责任。各乡镇主要负责人为第一责任人，要靠前指挥，严格落实24小时值班制度。</p>"
    "<p>二、排查隐患。对水库、塘坝、低洼易涝点逐一登记，5月31日前完成整改。</p>"
    "<p>三、备足物资。按照不少于1.5倍的标准储备编织袋、救生衣、抽水泵等物资。</p>"
    "<p>四、强化演练。每个行政村至少组织一次转移避险演练，做到家喻户晓。</p>"
    "<p>云溪县人民政府办公室</p><p>2019年4月18日</p>"
)


def article(**more: object) -> Print:
    found = print_of(entry(**more))
    assert found is not None
    return found


def entry(
    title: str = TITLE, body: str = BODY, day: str = "2019-04-18", number: str = "", files: tuple[str, ...] = (),
    outcome: Outcome = Outcome.MOVE, held: tuple[str, ...] = (),
) -> Entry:  # fmt: skip
    links = tuple(FileLink(f"http://a.example/{name}", name, digest=f"sha256:{name * 64}"[:71]) for name in files)
    content = Content(title, day, "", "", "", number, {}, body, links, ())
    return Entry("http://a.example/1", "http://a.example/1", Kind.ARTICLE, outcome, "公告", title=title, held=held,
                 content=content)  # fmt: skip


def test_a_repost_is_the_same() -> None:
    assert same(article(), article()) == Same("", 100)
    assert same(article(), article(day="2019-04-22T09:30"))
    written_otherwise = BODY.replace("，", ",").replace("<p>", "<div><span>").replace("</p>", "</span></div>\n&nbsp;")
    assert same(article(), article(body=written_otherwise, title=TITLE.replace("2019", "２０１９")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("24～48小时", "24〜48小时"),
        ("压实责任——到人", "压实责任―–到人"),
        ("阿·买提", "阿•买提"),
        ("阿·买提", "阿・买提"),
        ("救生衣……", "救生衣⋯⋯"),
        ("二〇一九年四月", "二○一九年四月"),
        ("二〇一九年四月", "二Ｏ一九年四月"),
        ("零下-15度", "零下−15度"),
        ("“压实”责任", "〝压实〞责\xad任\ufe0f"),
    ],
)
def test_two_encodings_of_one_text_are_the_same(one: str, other: str) -> None:
    first, second = (article(body=BODY.replace("压实责任", text)) for text in (one, other))
    assert same(first, second) == same(second, first) == Same("", 100)


def test_who_put_it_up_is_no_part_of_a_text() -> None:
    edited = article(body=BODY + "<p>（责任编辑：王小明）</p><p> </p>")
    sent = article(body="<p>发布时间：2019-04-18 来源：县政府办</p>" + BODY + "<p>编辑：李四<br>内容审核：张三</p>")
    for other in (edited, sent):
        assert same(article(), other) == same(other, article()) == Same("", 100)
    said = article(body=BODY + "<p>来源：请各村于5月1日前上报</p>")
    within = article(body=BODY.replace("<p>三、", "<p>编辑：李四</p><p>三、"))
    assert same(article(), said) is None and same(article(), within) is None


def test_labels_without_end_are_read_once() -> None:
    labels = "责任编辑：" * 200
    assert article(body=BODY + f"<p>{labels}</p>") == article()
    assert article(body=BODY + f"<p>{labels}。</p>") != article()


def test_pages_of_pictures_are_the_same_where_all_of_them_is() -> None:
    pictures = article(body="<p><img></p>", files=("a", "b"))
    assert same(pictures, article(body="<p><img></p>", files=("b", "a"))) == Same("", 100)
    for other in ({"files": ("a",)}, {"files": ("a", "c")}, {"day": "2019-04-19"}, {"title": "另一期"}):
        assert same(pictures, article(**{"body": "<p><img></p>", "files": ("a", "b")} | other)) is None
    assert same(pictures, article(body="<p>第二版</p>", files=("a", "b"))) is None
    assert print_of(entry(body="<p><img></p>", files=("a",), day="")) is None


def test_the_number_tells_what_is_reposted_late_and_without_its_issuer() -> None:
    first = article(number="云政办〔2019〕12号")
    late = article(number="云政办[2019]第012号", day="2020-01-06", title="关于做好2019年防汛抗旱工作的通知")
    assert same(first, late) == Same("云政办〔2019〕12号", 100)
    assert same(first, article(day="2020-01-06")) is None, "without a number the date must fit"


def test_only_at_its_end_may_the_earlier_one_say_more() -> None:
    signed = article(body=BODY + "<p>云溪县防汛抗旱指挥部</p>")
    assert same(signed, article()) == Same("", 91)
    assert same(article(), signed) is None, "what only the later one says would be lost"
    introduced = article(body="<p>现将县政府办公室通知转发给你们，请认真贯彻执行。</p>" + BODY)
    assert same(introduced, article()) is None
    assert same(article(), introduced) is None


@pytest.mark.parametrize(
    "other",
    [
        {"title": TITLE.replace("2019", "2020"), "body": BODY.replace("2019", "2020"), "day": "2020-04-18"},
        {"body": BODY.replace("2019年4月18日", "2020年4月18日"), "day": "2020-04-18"},
        {"day": "2020-04-18"},
        {"day": "2019-04-25"},
        {"day": ""},
        {"title": TITLE + "（第二批）"},
        {"body": BODY.replace("1.5倍", "15倍")},
        {"body": BODY.replace("5月31日", "5月3—1日")},
        {"body": BODY.replace("24小时", "2、4小时")},
        {"body": BODY.replace("5月31日", "5月30日")},
        {"body": BODY.replace("云溪县人民政府办公室</p>", "大河镇人民政府</p>")},
        {"files": ("b",)},
        {"number": "云政办〔2019〕13号"},
        {"title": "大河镇转发" + TITLE},
    ],
)
def test_what_differs_is_another_thing(other: dict[str, object]) -> None:
    first = article(number="云政办〔2019〕12号", files=("a",))
    assert same(first, article(**{"files": ("a",)} | other)) is None


def test_persons_make_notices_different() -> None:
    text = (
        "经研究，现将拟任职人选{name}同志的有关情况予以公示。公示时间为2019年4月18日至24日。"
        + "公示期间，如对公示对象有异议，" * 12
    )
    first, second = (
        article(title="任前公示", body=f"<p>{text.format(name=name)}</p>") for name in ("张三丰", "李四光")
    )
    assert same(first, second) is None


def test_numbers_do_not_make_different_texts_one() -> None:
    reading = BODY.replace("通知如下", "解读如下")
    first, second = article(number="云政办〔2019〕12号"), article(number="云政办〔2019〕12号", body=reading)
    assert same(first, second) is None


def test_files_are_never_lost() -> None:
    assert same(article(files=("a", "b")), article(files=("a",)))
    assert same(article(files=("a",)), article(files=("a", "b"))) is None


def test_table_cells_stay_apart() -> None:
    rows = "<table><tr><td>{}</td><td>{}</td></tr></table>"
    assert same(article(body=BODY + rows.format("12", "3")), article(body=BODY + rows.format("1", "23"))) is None


@pytest.mark.parametrize(
    "more",
    [
        {"body": "<p>定于4月18日上午召开会议，请准时参加。</p>"},
        {"body": "".join(f'<p><a href="/{n}">{TITLE}</a></p>' for n in range(40))},
        {"held": ("identity-number",)},
        {"outcome": Outcome.UNDECIDED},
        {"title": ""},
    ],
)
def test_what_is_never_merged(more: dict[str, object]) -> None:
    assert print_of(entry(**more)) is None


def test_a_file_that_was_never_captured_keeps_pages_apart() -> None:
    whole = entry(files=("a",))
    assert whole.content is not None
    object.__setattr__(whole.content, "attachments", (FileLink("http://a.example/a", "a"),))
    assert print_of(whole) is None


def test_a_date_that_is_none_is_no_reason_to_stop() -> None:
    assert article(day="2019-02-31").day is None


def test_a_fingerprint_is_read_back_as_it_was_kept() -> None:
    for found in (article(), article(files=("b", "a"), number="云政办〔2019〕12号")):
        assert read_print(found.title, found.number, found.day, found.sketch) == found
    assert read_print("", "", date(2019, 4, 18), "") is None
    assert len(BODY) > MIN_TEXT
