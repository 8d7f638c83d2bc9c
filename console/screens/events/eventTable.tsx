import type { LiveEvent } from "../../live/liveEvent.ts";
import { urlOf } from "../../route/router.ts";
import { preciseTime, wholeTime } from "../../ui/format.ts";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";

/** Events that the page shows of those that it keeps: more would make it slow. */
export const shownEventsMax = 200;

interface Props {
  readonly events: readonly LiveEvent[];
  readonly withDevice?: boolean;
}

const time = (at: string) => {
  const ms = Date.parse(at);
  if (Number.isNaN(ms)) return <span class="muted">unknown</span>;
  return (
    <time dateTime={at} title={wholeTime(ms)}>
      {preciseTime(ms)}
    </time>
  );
};

const isDeviceId = (text: string): boolean => /^[0-9a-f]{24}$/.test(text);

const device = (id: string) =>
  isDeviceId(id) ? <a href={urlOf(`/devices/${id}`)}>{id}</a> : <Text value={id} max={60} />;

/** Events, newest first. */
export const EventTable = ({ events, withDevice = true }: Props) => (
  <div class="log">
    <Table
      label="Events"
      rows={events.slice(0, shownEventsMax)}
      keyOf={({ number }) => String(number)}
      columns={[
        { title: "Time", cell: ({ publishedAt }) => time(publishedAt) },
        { title: "Name", cell: ({ name }) => <Text value={name} max={80} /> },
        { title: "Data", cell: ({ data }) => <Text value={data} /> },
        ...(withDevice
          ? [{ title: "Device", cell: ({ device: id }: LiveEvent) => device(id) }]
          : []),
      ]}
    />
  </div>
);
