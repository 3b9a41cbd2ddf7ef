"""The teaching plans: what they name exists, their minutes add up, and the pages are what plans.toml says."""

import re

import pytest

from imgrec_course.authoring import plans
from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.language import LANGUAGES, CourseError, catalogue

PLANS = plans.read_plans()
SYLLABUS = plans.syllabus()
NUMBERS = {row["lesson"] for plan in PLANS for row in plans.rows_of(plan) if "lesson" in row}
SECTIONS = {number: plans.sections_of(number) for number in sorted(NUMBERS)}
NAMES = [plan["name"] for plan in PLANS]


def test_there_are_the_four_plans():
    assert NAMES == ["90_minutes", "half_day", "two_days", "semester"]
    assert [plan["minutes"] for plan in PLANS] == [90, 210, 840, 14 * 90]
    assert len(PLANS[-1]["block"]) == 14


@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
def test_the_minutes_add_up(plan):
    for block in plan["block"]:
        found = sum(row["minutes"] for row in block["row"])
        assert found == block["minutes"], f"{block['title']['en']}: its rows take {found} minutes"
    assert sum(block["minutes"] for block in plan["block"]) == plan["minutes"]


@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
def test_a_lesson_gets_the_minutes_of_the_syllabus(plan):
    """At most those; just those when all its sections and exercises are there; no section twice."""
    for number in sorted({row["lesson"] for row in plans.rows_of(plan) if "lesson" in row}):
        rows = [row for row in plans.rows_of(plan) if row.get("lesson") == number]
        positions = [position for row in rows for position in plans.covered(row, SECTIONS[number])]
        assert len(positions) == len(set(positions)), f"lesson {number}: a section is taught twice"
        minutes = sum(row["minutes"] for row in rows)
        stated = SYLLABUS[number]["minutes"]
        if len(positions) == len(SECTIONS[number]) and not any(row.get("without") for row in rows):
            assert minutes == stated, f"lesson {number} has {minutes} minutes, the syllabus says {stated}"
        else:
            assert minutes < stated, f"a part of lesson {number} takes {minutes} of its {stated} minutes"


@pytest.mark.parametrize("plan", PLANS[:-1], ids=NAMES[:-1])
def test_nobody_sits_for_more_than_two_hours_without_a_break(plan):
    """In a semester the pause lies between two rows of a double period."""
    for block in plan["block"]:
        sitting = 0
        for row in block["row"]:
            sitting = 0 if re.match(r"Break|Lunch", row.get("en", "")) else sitting + row["minutes"]
            assert sitting <= 120, row


@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
def test_both_languages_say_as_much(plan):
    for texts in (plan["title"], plan["about"], *(block["title"] for block in plan["block"])):
        assert set(texts) == set(LANGUAGES)
    assert len(plan["able"]["en"]) == len(plan["able"]["zh"]) >= 3
    assert len(plan["leave"]["en"]) == len(plan["leave"]["zh"]) >= 3
    for row in plans.rows_of(plan):
        assert ("lesson" in row) != ({"en", "zh"} <= set(row)), row
    # Sections that the prose names in quotation marks exist.
    for language, quoted in (("en", r"“([^”]+)”"), ("zh", r"“([^”]+)”")):
        known = {section.headings[language] for each in SECTIONS.values() for section in each}
        for text in plan["leave"][language]:
            assert set(re.findall(quoted, text)) - known <= {"and in a rarer world?", "换到更稀少的地方呢？"}


@pytest.mark.parametrize("number", sorted(NUMBERS))
def test_every_slide_of_a_lecture_belongs_to_one_section(number):
    (path,) = lesson_paths([number])
    marked = [cell for cell in read_lesson(path).everything if cell.lecture.get("slide")]
    starts = [cell for cell in marked if cell.lecture["slide"] in ("slide", "subslide")]
    found = [slide for section in SECTIONS[number] for slide in section.slides]
    assert found == list(range(1, len(starts) + 1))
    assert all(minutes > 0 for section in SECTIONS[number] for minutes in section.slides.values())


LECTURES = [row for row in plans.rows_of(PLANS[-1]) if plans.lecture(row, "en", SECTIONS)]


@pytest.mark.parametrize("row", LECTURES, ids=lambda row: f"{row['lesson']} {row['first']}")
def test_the_slides_of_a_week_leave_time_for_its_exercises(row):
    own = [SECTIONS[row["lesson"]][position] for position in plans.covered(row, SECTIONS[row["lesson"]])]
    assert sum(sum(section.slides.values()) for section in own) < row["minutes"]
    said = plans.lecture(row, "en", SECTIONS)
    assert re.fullmatch(r"; slides? \d+(–\d+)? \([\d.]+ min\)", said), said


def test_a_semester_names_all_slides_of_the_lessons_that_it_lectures():
    assert {row["lesson"] for row in LECTURES} == NUMBERS - {"00"}
    for number in NUMBERS - {"00"}:
        rows = [row for row in LECTURES if row["lesson"] == number]
        positions = [position for row in rows for position in plans.covered(row, SECTIONS[number])]
        assert sorted(positions) == list(range(len(SECTIONS[number])))


def test_a_row_says_when_cells_above_it_have_not_been_run():
    """The half day's lesson 05 skips the cell that imports everything."""
    (block,) = PLANS[NAMES.index("half_day")]["block"]
    needed = [
        (row["lesson"], row["first"])
        for row, is_needed in zip(block["row"], plans.inside(block, SECTIONS), strict=True)
        if is_needed
    ]
    assert needed == [
        ("04", "The article's network, taken apart"),
        ("05", "Scarce photographs: the plain network"),
        ("05", "Model optimisation, second part: what others have learned"),
    ]
    whole, last = {"lesson": "01"}, {"lesson": "01", "first": "A better finder"}
    assert plans.inside({"row": [whole, last]}, SECTIONS) == [False, False]
    assert plans.inside({"row": [last, last]}, SECTIONS) == [True, False]
    # At home the kernel is another one.
    assert plans.inside({"row": [whole], "homework": [last]}, SECTIONS) == [False, True]


def test_the_pages_are_what_the_plans_say():
    for path, text in plans.pages().items():
        same = path.read_text(encoding="utf-8") == text
        assert same, f"{path.name} is out of date: python -m imgrec_course.authoring.plans"


def test_links_of_the_kit_lead_somewhere():
    pages = [path for language in LANGUAGES for path in (plans.TEACHING / language).glob("*.md")]
    assert {path.name for path in pages} >= {"README.md", "checklist.md", *(f"{name}.md" for name in NAMES)}
    for path in pages:
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path}: {target}"
    checklists = [(plans.TEACHING / lang / "checklist.md").read_text(encoding="utf-8") for lang in LANGUAGES]
    english, chinese = ([text.count(mark) for mark in ("## ", "- [ ]", "\n| ")] for text in checklists)
    assert english == chinese


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentences_that_the_checklist_mends_are_those_that_the_course_says(language):
    catalogued = catalogue("zh")
    said = catalogued.values() if language == "zh" else catalogued
    text = (plans.TEACHING / language / "checklist.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^\| “([^”]+)” \|", text, re.MULTILINE)
    assert len(quoted) >= 8
    for sentence in quoted:
        pattern = ".*".join(re.escape(part.strip()) for part in re.split("…+", sentence))
        assert any(re.search(pattern, each) for each in said), sentence


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"lesson": "01", "first": "No such heading"}, "A plan names the section “No such heading”"),
        ({"lesson": "01", "first": "Two questions", "last": "Nowhere"}, "the section “Nowhere”"),
        ({"lesson": "01", "first": "Two questions", "without": ["f_beta"]}, "leaves out the exercise f_beta"),
    ],
)
def test_what_does_not_exist_is_named(row, sentence):
    with pytest.raises(CourseError, match=re.escape(sentence)):
        plans.covered(row, SECTIONS["01"])
