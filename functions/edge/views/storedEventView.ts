import { type DeviceEvent, eventText } from "#shared/event/deviceEvent.ts";

/** An event that is kept somewhere, as our own API shows it. */
export const storedEventView = (event: DeviceEvent): object => ({
  id: event.id,
  name: event.name,
  data: eventText(event),
  coreid: event.device,
  published_at: new Date(event.publishedAt).toISOString(),
});
