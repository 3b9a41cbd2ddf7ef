"""teaching/plans.toml → the teaching plans in both languages, as tables of minutes, sections and exercises.

A plan names lessons and, in English, the first and the last section of a lesson that it covers. Headings,
their Chinese, the exercises and the slides that stand under them are read from the lessons themselves. Run as

    python -m imgrec_course.authoring.plans

it writes teaching/en/*.md and teaching/zh/*.md anew; a test says when that is due, and whether the minutes
add up.
"""

import re
import tomllib
from dataclasses import dataclass

from imgrec_course.authoring.lesson import lesson_paths, read_lesson
from imgrec_course.authoring.slides import TIMING
from imgrec_course.checks.exercises import exercises_of
from imgrec_course.language import LANGUAGES, CourseError
from imgrec_course.paths import LESSONS, ROOT

TEACHING = ROOT / "teaching"
NOT_TAUGHT = ("References",)  # a lesson's last heading, which takes no minutes

WORDS = {
    "en": {
        "other": "[中文](../zh/{file}) · [all plans](README.md)",
        "note": "<!-- Made from teaching/plans.toml by python -m imgrec_course.authoring.plans. -->",
        "able": "Afterwards participants can",
        "leave": "What may be left out, in this order",
        "head": "| from | minutes | what | exercises |",
        "whole": "all of it",
        "to": "{first} … {last}",
        "homework": "Homework",
        "without": "without {names}",
        "minutes": "{minutes} minutes",
        "amount": "{what} ({minutes})",
        "inside": "▲ This row follows cells that nobody has run, and may fail without them: everybody "
        "selects the heading of its first section and chooses Run → Run All Above Selected Cell, in the "
        "break before or while you introduce it. That takes seconds, or a minute or two where a network is "
        "trained.",
        "slides": "; slides {first}–{last} ({minutes} min)",
        "slide": "; slide {first} ({minutes} min)",
        "colon": ": ",
        "and": "; ",
    },
    "zh": {
        "other": "[English](../en/{file}) · [全部方案](README.md)",
        "note": "<!-- 由 python -m imgrec_course.authoring.plans 根据 teaching/plans.toml 生成。 -->",
        "able": "学完之后，参加者能够",
        "leave": "时间不够时可以省去的内容（按此顺序）",
        "head": "| 开始 | 分钟 | 内容 | 练习 |",
        "whole": "全课",
        "to": "{first} …… {last}",
        "homework": "作业",
        "without": "不做 {names}",
        "minutes": "{minutes} 分钟",
        "amount": "{what}（{minutes}）",
        "inside": "▲ 这一行上面还有没运行过的单元格，直接运行可能报错：请各人选中该节的标题，"
        "再点菜单“运行”中的“运行选中单元格上方的所有单元格”，可以在前一次休息时运行，也可以一边听开场一边运行。"
        "通常只要几秒；要训练网络时需要一两分钟。",
        "slides": "；幻灯片 {first}–{last}（{minutes} 分钟）",
        "slide": "；幻灯片 {first}（{minutes} 分钟）",
        "colon": "：",
        "and": "；",
    },
}


@dataclass(frozen=True)
class Section:
    """A section of a lesson: its heading in each language, its exercises, {slide's number: minutes}."""

    headings: dict
    exercises: tuple
    slides: dict


def read_plans():
    """The plans of teaching/plans.toml."""
    return tomllib.loads((TEACHING / "plans.toml").read_text(encoding="utf-8"))["plan"]


def syllabus():
    """{lesson's number: its table in lessons/syllabus.toml}"""
    parts = tomllib.loads((LESSONS / "syllabus.toml").read_text(encoding="utf-8"))["part"]
    return {lesson["name"][:2]: lesson for part in parts for lesson in part["lesson"]}


def sections_of(number):
    """The sections of a lesson, in order; what stands before the first counts to it."""
    (path,) = lesson_paths([number])
    found, early, slide = [], {}, 0
    for cell in read_lesson(path).everything:
        texts = {language: cell.texts[language, "solutions"] for language in LANGUAGES}
        if cell.kind == "markdown" and not cell.slides_only:
            headings = {lang: re.findall(r"^## (.+)$", text, re.MULTILINE) for lang, text in texts.items()}
            for english, chinese in zip(headings["en"], headings["zh"], strict=True):
                if english.strip() not in NOT_TAUGHT:
                    found.append(({"en": english.strip(), "zh": chinese.strip()}, [], {}))
        elif found and cell.kind == "code":
            found[-1][1].extend(re.findall(rf'check\("{number}\.(\w+)"', texts["en"]))
        minutes = found[-1][2] if found else early
        if cell.lecture.get("slide") in ("slide", "subslide"):
            slide += 1
            minutes[slide] = 0
        elif cell.lecture.get("slide") == "notes" and (timing := TIMING.match(texts["en"])):
            # A slide that began under an earlier heading is counted there.
            holder = next(each for each in (early, *(one[2] for one in found)) if slide in each)
            holder[slide] += float(timing[1])
    return [
        Section(headings, tuple(exercises), (early if position == 0 else {}) | slides)
        for position, (headings, exercises, slides) in enumerate(found)
    ]


def covered(row, sections):
    """The positions of the sections of its lesson that a row of a plan covers, as a range.

    Raises CourseError when the lesson has no such heading or exercise.
    """
    english = [section.headings["en"] for section in sections]
    for heading in (row.get("first"), row.get("last")):
        if heading is not None and heading not in english:
            raise CourseError(
                "A plan names the section “{heading}”, which lesson {lesson} does not have: its sections "
                "are {sections}.",
                heading=heading,
                lesson=row["lesson"],
                sections=", ".join(english),
            )
    first = english.index(row["first"]) if "first" in row else 0
    last = english.index(row.get("last", row["first"])) if "first" in row else len(english) - 1
    exercises = [name for section in sections[first : last + 1] for name in section.exercises]
    for name in row.get("without", []):
        if name not in exercises:
            raise CourseError(
                "A plan leaves out the exercise {name}, which is not in those sections of lesson {lesson}: "
                "their exercises are {exercises}.",
                name=name,
                lesson=row["lesson"],
                exercises=", ".join(exercises),
            )
    return range(first, last + 1)


def render(plan, language, lessons, sections):
    """A plan as Markdown.

    lessons    what ``syllabus()`` returns
    sections   {lesson's number: what ``sections_of`` returns}
    """
    words = WORDS[language]
    lines = [f"# {plan['title'][language]}", "", words["note"], ""]
    lines += [words["other"].format(file=f"{plan['name']}.md"), "", plan["about"][language].strip(), ""]
    lines += [f"**{words['able']}**", "", *(f"- {each}" for each in plan["able"][language]), ""]
    if any(any(inside(block, sections)) for block in plan["block"]):
        lines += [words["inside"], ""]
    for block in plan["block"]:
        minutes = words["minutes"].format(minutes=sum(row["minutes"] for row in block["row"]))
        lines += ["## " + words["amount"].format(what=block["title"][language], minutes=minutes), ""]
        lines += [words["head"], "| --- | --- | --- | --- |"]
        at = sum(int(part) * scale for part, scale in zip(block["start"].split(":"), (60, 1), strict=True))
        marks = iter(["▲ " if is_needed else "" for is_needed in inside(block, sections)])
        for row in block["row"]:
            clock = f"{at // 60}:{at % 60:02}"
            what, exercises = describe(row, language, lessons, sections)
            what = next(marks) + what
            if plan.get("lectures"):
                what += lecture(row, language, sections)
            lines.append(f"| {clock} | {row['minutes']} | {what} | {exercises} |")
            at += row["minutes"]
        lines.append("")
        for row in block.get("homework", []):
            what, exercises = describe(row, language, lessons, sections)
            what = next(marks) + what
            if plan.get("lectures"):
                what += lecture(row, language, sections)
            amount = words["minutes"].format(minutes=row["minutes"])
            details = words["and"].join(filter(None, [what, exercises]))
            amount = words["amount"].format(what=f"**{words['homework']}**", minutes=amount)
            lines += [f"{amount}{words['colon']}{details}", ""]
    numbered = [f"{number}. {each}" for number, each in enumerate(plan["leave"][language], start=1)]
    lines += [f"**{words['leave']}**", "", *numbered]
    return "\n".join(lines) + "\n"


def inside(block, sections):
    """For each row of a block, and then of its homework: whether cells above it have not been run.

    Between two blocks kernels have ended, and so they have before homework.
    """
    run, needed = {}, []
    for row in block["row"]:
        positions = covered(row, sections[row["lesson"]]) if "lesson" in row else range(0)
        before = run.setdefault(row.get("lesson"), set())
        needed.append(not before.issuperset(range(positions.start)))
        # To run all above has run what was left out, too.
        before.update(range(positions.stop))
    for row in block.get("homework", []):
        needed.append("lesson" in row and covered(row, sections[row["lesson"]]).start > 0)
    return needed


def describe(row, language, lessons, sections):
    """(what is done, the exercises) of a row, as the cells of a table."""
    words = WORDS[language]
    if "lesson" not in row:
        return row[language], ""
    number = row["lesson"]
    own = sections[number]
    positions = covered(row, own)
    link = f"../../notebooks/{language}/{lessons[number]['name']}.ipynb"
    what = f"[{number} {lessons[number][language][0]}]({link}){words['colon']}"
    headings = [own[position].headings[language] for position in positions]
    if len(headings) == len(own):
        what += words["whole"]
    elif len(headings) < 3:
        what += " · ".join(headings)
    else:
        what += words["to"].format(first=headings[0], last=headings[-1])
    left_out = row.get("without", [])
    names = [name for position in positions for name in own[position].exercises if name not in left_out]
    known = exercises_of(number)
    shown = [f"`{name}` {'★' * known[name].stars}" for name in names]
    if left_out:
        shown.append(words["without"].format(names=", ".join(f"`{name}`" for name in left_out)))
    return what, ("、" if language == "zh" else ", ").join(shown)


def lecture(row, language, sections):
    """Which slides of a lesson's lecture belong to the sections of a row, and their minutes, as words."""
    if "lesson" not in row or not row.get("lectured", True):
        return ""
    own = sections[row["lesson"]]
    slides = {}
    for position in covered(row, own):
        slides |= own[position].slides
    if not slides:
        return ""
    words = WORDS[language]["slides" if len(slides) > 1 else "slide"]
    return words.format(first=min(slides), last=max(slides), minutes=f"{sum(slides.values()):g}")


def pages():
    """{path: text} of all plans in both languages."""
    plans, lessons = read_plans(), syllabus()
    numbers = {row["lesson"] for plan in plans for row in rows_of(plan) if "lesson" in row}
    sections = {number: sections_of(number) for number in sorted(numbers)}
    return {
        TEACHING / language / f"{plan['name']}.md": render(plan, language, lessons, sections)
        for plan in plans
        for language in LANGUAGES
    }


def rows_of(plan):
    """All rows of a plan, homework included."""
    return [row for block in plan["block"] for row in block["row"] + block.get("homework", [])]


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path.relative_to(ROOT))
