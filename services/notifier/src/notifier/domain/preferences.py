"""What a contact may choose of messages, what was chosen, and how a choice changes it. Pure.

The newest event is the state. Whoever switches something off always gets that; whoever switches something on
has to have seen what was chosen last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar, get_args

from servicehub_events import Channel, Preferences, PreferencesSet, Role

from notifier.domain.kinds import GROUPS, KINDS, RULES, MessageGroup, MessageKind, concerns
from notifier.domain.recipients import ContactPreferences, channels_of

V = TypeVar("V")

CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)


class Way(NamedTuple):
    """A kind of message, by a channel."""

    kind: MessageKind
    channel: Channel


class OfferedGroup(NamedTuple):
    """A group that a contact gets by a channel: wanted or not, and whether that can be chosen."""

    group: MessageGroup
    channel: Channel
    wanted: bool
    choosable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreferences:
    """Choose a language, or switch kinds off and on.

    `seen_version` is the version of the choices that were looked at; without one nothing is switched on.
    """

    business_id: str
    customer_id: str
    contact_id: str
    seen_version: int | None = None
    locale: str | None = None
    off: frozenset[Way] = frozenset()
    on: frozenset[Way] = frozenset()


def decide(
    command: ChangePreferences, version: int, state: Preferences | None
) -> tuple[PreferencesSet | None, bool]:
    """The event, if anything changes; and whether something stays off that was to be switched on."""
    before = switched_off(state)
    is_current = command.seen_version == version
    on = command.on if is_current else frozenset[Way]()
    after = (before - on) | {way for way in command.off if RULES[way.kind].declinable}
    locale = command.locale or (state.locale if state else None)
    changed = after != before or locale != (state.locale if state else None)
    event = _event(command.business_id, command.contact_id, locale, after, state) if changed else None
    return event, not is_current and bool(command.on & after)


def without_choices(business_id: str, contact_id: str) -> PreferencesSet:
    """What is published of a contact who is erased: ids alone."""
    return PreferencesSet(business_id=business_id, contact_id=contact_id, kinds={})


def switched_off(state: Preferences | None) -> frozenset[Way]:
    """What is not sent: of the kinds that this build knows."""
    return switched_off_of(ContactPreferences(kinds=state.kinds, channels=state.channels) if state else None)


def switched_off_of(chosen: ContactPreferences | None) -> frozenset[Way]:
    """As `switched_off`, of a row."""
    if chosen is None:
        return frozenset()
    return frozenset(
        Way(kind, channel) for kind in KINDS for channel in CHANNELS if not chosen.wants(kind, channel)
    )


def offered(
    roles: Collection[Role] | None, reachable: Collection[Channel], chosen: ContactPreferences
) -> list[OfferedGroup]:
    """What a contact is sent, by group and channel, as the settings show it."""
    return [
        OfferedGroup(
            group,
            channel,
            wanted=any(not RULES[way.kind].declinable or chosen.wants(*way) for way in ways),
            choosable=any(RULES[way.kind].declinable for way in ways),
        )
        for group in GROUPS
        for channel in CHANNELS
        if (
            ways := [
                way
                for way in ways_of(group, channel)
                if concerns(way.kind, roles) and channel in channels_of(way.kind, reachable)
            ]
        )
    ]


def ways_of(group: MessageGroup, channel: Channel) -> Sequence[Way]:
    """The kinds of a group, by this channel."""
    return [Way(kind, channel) for kind in KINDS if RULES[kind].group == group]


def _event(
    business_id: str, contact_id: str, locale: str | None, off: Collection[Way], state: Preferences | None
) -> PreferencesSet:
    """What a newer build knows more of is kept as it was."""
    kinds, channels = _unknown(state.kinds if state else {}), _unknown(state.channels if state else {})
    for kind in KINDS:
        left: tuple[Channel, ...] = tuple(c for c in CHANNELS if Way(kind, c) not in off)
        if not left:
            kinds[kind] = False
        elif len(left) < len(CHANNELS):
            channels[kind] = left
    return PreferencesSet(
        business_id=business_id, contact_id=contact_id, locale=locale, kinds=kinds, channels=channels
    )


def _unknown(given: Mapping[str, V]) -> dict[str, V]:
    return {kind: value for kind, value in given.items() if kind not in KINDS}
