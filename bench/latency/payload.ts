import * as z from "zod";

const payload = z.object({
  /** Which round published it. */
  run: z.int(),
  seq: z.int(),
  /** When it was due, by `performance.now()` of this process. */
  at: z.number(),
});

export type Payload = z.output<typeof payload>;

/** As large as what a sensor usually sends. */
export const payloadBytes = 218;

const reading = {
  temperature: 21.53,
  humidity: 48.2,
  pressure: 1013.25,
  battery: 3.71,
  rssi: -71,
  position: { lat: 59.91387, lon: 10.75225 },
  firmware: "1.4.2",
};

/** A sensor's message that says when and in which order it was published, always `payloadBytes` long. */
export const writePayload = ({ run, seq, at }: Payload): string => {
  const text = JSON.stringify({
    run,
    seq,
    at: Math.round(at * 1_000) / 1_000,
    ...reading,
    pad: "",
  });
  return `${text.slice(0, -2)}${"x".repeat(payloadBytes - text.length)}"}`;
};

/** Reads what `writePayload` wrote. Throws on anything else. */
export const readPayload = (text: string): Payload => payload.parse(JSON.parse(text));

/**
 * Returns the event's data from a request body: the cloud posts the default form of a webhook, the
 * other systems post the data itself.
 */
export const eventData = (body: string): string =>
  body.startsWith("{") ? body : (new URLSearchParams(body).get("data") ?? "");
