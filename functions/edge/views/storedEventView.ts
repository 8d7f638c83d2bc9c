import { type DeviceEvent, eventText } from "#shared/event/deviceEvent.ts";
import type { StoredEventBody } from "#shared/routes/storedEvent.ts";

/** A stored event. The format is Godwit's. */
export const storedEventView = (event: DeviceEvent): StoredEventBody => ({
  id: event.id,
  name: event.name,
  data: eventText(event),
  coreid: event.device,
  published_at: new Date(event.publishedAt).toISOString(),
});
