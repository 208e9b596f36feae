"""What every sheet has around its own part: colours, running words, what the file says of itself."""

from dataclasses import dataclass
from datetime import UTC
from typing import Final, Required, TypedDict, Unpack

from chassis.words.palette import palette

from papers.language import PaperLanguage
from papers.sheet import (
    AnswerBand,
    PageWords,
    Party,
    Properties,
    Sheet,
    SheetLine,
    SheetNote,
    SheetNotice,
    SheetTable,
    SumRow,
)
from papers.values import PaperOf

_LETTER: Final = frozenset(
    {"BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"}
)
"""Where paper is US Letter (CLDR, `paperSize`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameWords:
    """The kind of paper, another name of it that law gives, its number, and what it comes to."""

    title: str
    keyword: str = ""
    number: str
    amount: str


class SheetBody(TypedDict, total=False):
    """The part of a sheet that is its own."""

    subtitle: str
    tags: tuple[str, ...]
    stamp: str
    notices: tuple[SheetNotice, ...]
    recipient: Required[Party]
    issuer: Required[Party]
    answer: Required[AnswerBand]
    purpose: str
    acknowledged: str
    columns: tuple[str, ...]
    lines: tuple[SheetLine, ...]
    sums: tuple[SumRow, ...]
    legends: tuple[str, ...]
    tables: tuple[SheetTable, ...]
    notes: tuple[SheetNote, ...]


def framed(paper: PaperOf, language: PaperLanguage, words: FrameWords, **body: Unpack[SheetBody]) -> Sheet:
    """A sheet around its own part."""
    business, say = paper.business, language.say
    colours = palette(business.colours.primary, business.colours.accent).light
    named = f"{words.title} {words.number}"
    recipient, issuer = body["recipient"].name, body["issuer"].name
    return Sheet(
        language=paper.locale,
        region=business.country,
        size="us-letter" if business.country in _LETTER else "a4",
        edge=colours.edge,
        tint=colours.tint,
        brand=business.name,
        title=words.title,
        properties=Properties(
            title=language.joined(named, business.name),
            author=business.name,
            description=say(
                "{paper} from {issuer} to {recipient}, {amount}",
                paper=named,
                issuer=issuer,
                recipient=recipient,
                amount=words.amount,
            ),
            keywords=tuple(filter(None, (words.title, words.keyword, words.number))),
            made=paper.as_of.astimezone(UTC),
        ),
        page_words=PageWords(
            left=language.joined(named, recipient),
            right=business.name,
            foot=language.joined(
                issuer, named, say("as of {time}", time=language.format.full_stamp(paper.as_of))
            ),
            number=say("Page {page} of {pages}", page="{page}", pages="{pages}"),
            carried=say("Carried forward"),
            brought=say("Brought forward"),
        ),
        **body,
    )
