import { devicePath } from "../../api/fleet.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { EventTable } from "../events/eventTable.tsx";
import { StreamStatus } from "../events/streamStatus.tsx";
import { useStream } from "../events/useStream.ts";

const eventsShown = 20;

/** The live events of the device. */
export const DeviceEvents = ({ device }: { device: string }) => {
  const path = devicePath(device, "/events");
  const { ring, state } = useStream(path);
  const { events, isPaused } = ring.view.value;
  return (
    <Card
      title="Live events"
      actions={
        <>
          <StreamStatus state={state} isPaused={isPaused} />
          <Button onClick={() => ring.setPaused(!isPaused)}>
            {isPaused ? "Continue" : "Pause"}
          </Button>
          <Curl action="Follow the events of this device" request={{ method: "GET", path }} />
        </>
      }
    >
      {events.length === 0 ? (
        <Empty title="Waiting for events of this device." />
      ) : (
        <EventTable events={events.slice(0, eventsShown)} withDevice={false} />
      )}
    </Card>
  );
};
