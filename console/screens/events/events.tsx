import { eventsPath } from "../../api/fleet.ts";
import { type EventRing, ringEventsMax } from "../../live/eventRing.ts";
import type { StreamState } from "../../live/eventStream.ts";
import type { LiveEvent } from "../../live/liveEvent.ts";
import { useTyped } from "../../live/useTyped.ts";
import { query, setQuery, urlOf } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Field } from "../../ui/field.tsx";
import { number, plural } from "../../ui/format.ts";
import { Screen } from "../../ui/screen.tsx";
import { EventTable, shownEventsMax } from "./eventTable.tsx";
import { Publish } from "./publish.tsx";
import { StreamStatus } from "./streamStatus.tsx";
import { useStream } from "./useStream.ts";

/** The live events of the fleet. */
export const Events = () => {
  const prefix = query.value.get("prefix") ?? "";
  const text = query.value.get("text") ?? "";
  const path = eventsPath(useTyped(prefix));
  const { ring, state } = useStream(path);
  return (
    <Screen
      title="Events"
      actions={
        <>
          <a href={urlOf("/events/archive")}>Archive</a>
          <Curl action="Follow these events" request={{ method: "GET", path }} />
        </>
      }
    >
      <search class="filters">
        <Field
          label="Name begins with"
          type="search"
          placeholder="temperature"
          value={prefix}
          onInput={(value) => setQuery({ prefix: value })}
        />
        <Field
          label="Contains"
          type="search"
          placeholder="Text in the name, data or device"
          value={text}
          onInput={(value) => setQuery({ text: value })}
        />
      </search>
      <Tail ring={ring} state={state} text={text} />
      <Publish />
    </Screen>
  );
};

/** Whether an event contains a text, case-insensitive. */
const contains = ({ name, data, device }: LiveEvent, text: string): boolean =>
  [name, data, device].some((each) => each.toLowerCase().includes(text));

interface TailProps {
  readonly ring: EventRing;
  readonly state: StreamState;
  readonly text: string;
}

const Tail = ({ ring, state, text }: TailProps) => {
  const { events, isPaused, total } = ring.view.value;
  const wanted = text.toLowerCase();
  const found = wanted === "" ? events : events.filter((event) => contains(event, wanted));
  return (
    <Card
      title="Live"
      actions={
        <>
          <StreamStatus state={state} isPaused={isPaused} />
          <Button onClick={() => ring.setPaused(!isPaused)}>
            {isPaused ? "Continue" : "Pause"}
          </Button>
          <Button onClick={ring.clear}>Clear</Button>
        </>
      }
    >
      <Counts ring={ring} found={found.length} isFiltered={wanted !== ""} />
      {found.length > 0 && <EventTable events={found} />}
      {total === 0 && (
        <Empty title="Waiting for events.">
          <p>
            Events appear here as your devices publish them. Publish one below to see how it looks.
          </p>
        </Empty>
      )}
      {total > 0 && found.length === 0 && <Empty title="No event matches the filter." />}
    </Card>
  );
};

interface CountsProps {
  readonly ring: EventRing;
  readonly found: number;
  readonly isFiltered: boolean;
}

/** What is on the screen, and what is not. */
const Counts = ({ ring, found, isFiltered }: CountsProps) => {
  const { total, skipped, waiting, events, isPaused } = ring.view.value;
  const parts = [
    `${plural(total, "event")} received`,
    ...(isFiltered ? [`${number(found)} match`] : []),
    ...(found > shownEventsMax ? [`the latest ${shownEventsMax} are shown`] : []),
    ...(events.length >= ringEventsMax ? [`the latest ${number(ringEventsMax)} are kept`] : []),
    ...(isPaused ? [`${number(waiting)} since the pause`] : []),
    ...(skipped > 0 ? [`${number(skipped)} skipped while paused`] : []),
  ];
  return <p class="hint">{parts.join(" · ")}</p>;
};
