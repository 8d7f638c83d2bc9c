import { type Draft, emptyDraft } from "./settings.ts";

/** A template of an integration for a common service, with an event to try it. */
export interface Template {
  readonly id: string;
  readonly name: string;
  /** What the person needs first. */
  readonly hint: string;
  readonly draft: Draft;
  readonly example: { readonly name: string; readonly data: string };
}

const json = (value: object): string => JSON.stringify(value, null, 2);

/** An event with JSON data. */
export const reading = { name: "temperature", data: '{"celsius": 21.5, "humidity": 48}' };

/** Templates for common services, the most general one first. */
export const templates: readonly Template[] = [
  {
    id: "json",
    name: "Any server, JSON",
    hint: "Your server gets the event as JSON. Verify its signature with the header webhook-signature.",
    draft: {
      ...emptyDraft,
      event: "temperature",
      url: "https://example.com/hook",
      body: "json",
      content: json({
        event: "{{{PARTICLE_EVENT_NAME}}}",
        value: "{{{PARTICLE_EVENT_VALUE}}}",
        device: "{{{PARTICLE_DEVICE_ID}}}",
        at: "{{{PARTICLE_PUBLISHED_AT}}}",
      }),
    },
    example: reading,
  },
  {
    id: "slack",
    name: "Slack",
    hint: "Create an incoming webhook in Slack, and use its URL.",
    draft: {
      ...emptyDraft,
      event: "alarm",
      url: "https://hooks.slack.com/services/T000/B000/XXXX",
      body: "json",
      content: json({
        text: "{{{PARTICLE_DEVICE_ID}}}: {{{PARTICLE_EVENT_NAME}}} {{{PARTICLE_EVENT_VALUE}}}",
      }),
    },
    example: { name: "alarm", data: "door open" },
  },
  {
    id: "influxdb",
    name: "InfluxDB",
    hint: "Use the address of your InfluxDB, its organization and bucket, and a token that may write.",
    draft: {
      ...emptyDraft,
      event: "temperature",
      url: "https://influx.example.com/api/v2/write?org=my-org&bucket=my-bucket",
      body: "body",
      content: "climate,device={{{PARTICLE_DEVICE_ID}}} celsius={{celsius}},humidity={{humidity}}",
      headers: "Authorization: Token YOUR-TOKEN\nContent-Type: text/plain; charset=utf-8",
    },
    example: reading,
  },
  {
    id: "thingspeak",
    name: "ThingSpeak",
    hint: "Use the write API key of your channel.",
    draft: {
      ...emptyDraft,
      event: "temperature",
      url: "https://api.thingspeak.com/update",
      body: "form",
      content: json({ api_key: "YOUR-WRITE-KEY", field1: "{{celsius}}", field2: "{{humidity}}" }),
    },
    example: reading,
  },
  {
    id: "pushover",
    name: "Pushover",
    hint: "Use the token of an application and your user key of Pushover.",
    draft: {
      ...emptyDraft,
      event: "alarm",
      url: "https://api.pushover.net/1/messages.json",
      body: "form",
      content: json({
        token: "YOUR-APPLICATION-TOKEN",
        user: "YOUR-USER-KEY",
        message: "{{{PARTICLE_EVENT_NAME}}}: {{{PARTICLE_EVENT_VALUE}}}",
      }),
    },
    example: { name: "alarm", data: "door open" },
  },
];
