"""One subscription with all monitored items of a connection, and what it publishes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from asyncua import ua

from pilothouse.clock import NS_PER_S
from pilothouse.connect.opcua.answer import Published, parse_published
from pilothouse.connect.opcua.session import Session, lost, told_by

KEEPALIVES_MISSED: Final = 3
"""So many keep-alives in a row without any answer mean that the connection is lost."""

_LIFETIMES: Final = 20
"""A server forgets a subscription after so many keep-alives without a Publish request."""

_A_LITTLE_MORE: Final = 1.01
_AT_ONCE: Final = 500
"""Monitored items a request; fewer where the server says so."""

_NO_FILTER: Final = ("BadMonitoredItemFilterUnsupported", "BadFilterNotAllowed", "BadMonitoredItemFilterInvalid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is to be monitored.

    Parameters
    ----------
    handle
        Of the client: by it values are told apart.
    node
        Its node.
    is_text
        Whether it is told on change only, and never filtered.
    """

    handle: int
    node: ua.NodeId
    is_text: bool = False


@dataclass(slots=True, kw_only=True)
class Subscription:
    """A subscription that exists on the server.

    Parameters
    ----------
    session
        Whose it is.
    key
        Its number.
    silence_s
        After so many seconds without any answer it is taken for lost.
    sampling_s, queue_size
        Of its monitored items.
    every_s
        How often values come; then a value is told again when only its timestamp moved. None: on change only.
    short_queues
        How many monitored items the server gave a shorter queue than asked.
    slowly_sampled
        At how many the server says that it looks more seldom than values come.
    """

    session: Session
    key: int
    silence_s: float
    sampling_s: float
    queue_size: int
    every_s: float | None
    short_queues: int = 0
    slowly_sampled: int = 0
    unacknowledged: list[int] = field(default_factory=list)

    async def monitor(self, items: Sequence[Item]) -> list[str]:
        """Begin to monitor; of each item, the name of the StatusCode with which the server refused it, else empty."""
        with told_by(self.session.settings.url, "creating monitored items"):
            refused = await self.session.ask_in_parts(items, self._create, _AT_ONCE)
            again = [place for place, why in enumerate(refused) if why in _NO_FILTER and self.every_s is not None]
            if again:
                plain = [items[place] for place in again]
                for place, why in zip(
                    again, await self.session.ask_in_parts(plain, self._create_plain, _AT_ONCE), strict=True
                ):
                    refused[place] = why
        return refused

    async def publish(self) -> Published:
        """The next answer of the server; waits for it as long as silence is no loss.

        Raises
        ------
        SourceError
            If none came, or the subscription is not there any more.
        """
        request = ua.PublishRequest()
        acknowledged, self.unacknowledged = self.unacknowledged, []
        request.Parameters.SubscriptionAcknowledgements = [
            ua.SubscriptionAcknowledgement(SubscriptionId=ua.UInt32(self.key), SequenceNumber=ua.UInt32(number))
            for number in acknowledged
        ]
        url, doing = self.session.settings.url, "waiting for values"
        with told_by(url, doing):
            data = await self.session.send(request, doing, timeout_s=2.0 * self.silence_s)
            try:
                published = parse_published(data)
            except ua.UaStatusCodeError:
                raise
            except Exception as error:
                raise lost(url, "reading a notification", error) from error
        if not published.is_keepalive:
            self.unacknowledged.append(published.sequence)
        return published

    async def _create(self, items: Sequence[Item]) -> list[str]:
        return await self._ask(items, filtered=self.every_s is not None)

    async def _create_plain(self, items: Sequence[Item]) -> list[str]:
        return await self._ask(items, filtered=False)

    async def _ask(self, items: Sequence[Item], *, filtered: bool) -> list[str]:
        request = ua.CreateMonitoredItemsRequest()
        request.Parameters.SubscriptionId = ua.UInt32(self.key)
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
        request.Parameters.ItemsToCreate = [self._item(item, filtered=filtered and not item.is_text) for item in items]
        answer = await self.session.ask(
            request,
            ua.CreateMonitoredItemsResponse,
            "creating monitored items",
            timeout_s=2.0 * self.session.settings.timeout_s,
        )
        self.short_queues += sum(
            result.StatusCode.is_good() and 0 < result.RevisedQueueSize < self.queue_size for result in answer.Results
        )
        if self.every_s is not None:
            slowest_ms = 1000.0 * self.every_s * _A_LITTLE_MORE
            self.slowly_sampled += sum(
                result.StatusCode.is_good() and result.RevisedSamplingInterval > slowest_ms for result in answer.Results
            )
        return ["" if result.StatusCode.is_good() else str(result.StatusCode.name) for result in answer.Results]

    def _item(self, item: Item, *, filtered: bool) -> ua.MonitoredItemCreateRequest:
        asked = ua.MonitoringParameters(
            ClientHandle=ua.UInt32(item.handle),
            SamplingInterval=ua.Double(1000.0 * self.sampling_s),
            QueueSize=ua.UInt32(self.queue_size),
            DiscardOldest=True,
        )
        if filtered:
            # A value that stands still must come too, or standing still would look like silence.
            asked.Filter = ua.DataChangeFilter(Trigger=ua.DataChangeTrigger.StatusValueTimestamp)
        return ua.MonitoredItemCreateRequest(
            ItemToMonitor=ua.ReadValueId(NodeId=item.node, AttributeId=ua.AttributeIds.Value),
            MonitoringMode=ua.MonitoringMode.Reporting,
            RequestedParameters=asked,
        )


async def subscribe(session: Session, every_ns: int | None) -> Subscription:
    """A subscription without monitored items yet.

    Parameters
    ----------
    session
        In which it lives.
    every_ns
        How often values come; None where they come on change.
    """
    settings = session.settings
    keepalives = max(1, math.ceil(settings.keepalive_s / settings.publishing_s))
    request = ua.CreateSubscriptionRequest()
    request.Parameters.RequestedPublishingInterval = ua.Double(1000.0 * settings.publishing_s)
    request.Parameters.RequestedMaxKeepAliveCount = ua.UInt32(keepalives)
    request.Parameters.RequestedLifetimeCount = ua.UInt32(_LIFETIMES * keepalives)
    request.Parameters.MaxNotificationsPerPublish = ua.UInt32(0)
    request.Parameters.PublishingEnabled = True
    with told_by(settings.url, "creating a subscription"):
        answer = await session.ask(request, ua.CreateSubscriptionResponse, "creating a subscription")
    given = answer.Parameters
    keepalive_s = given.RevisedPublishingInterval / 1000.0 * max(given.RevisedMaxKeepAliveCount, 1)
    return Subscription(
        session=session,
        key=int(given.SubscriptionId),
        silence_s=KEEPALIVES_MISSED * max(keepalive_s, settings.publishing_s) + settings.timeout_s,
        sampling_s=settings.sampled_s(every_ns),
        queue_size=settings.queue_size(every_ns),
        every_s=None if every_ns is None else every_ns / NS_PER_S,
    )
