import { httpPost } from "../../shared/http/post.ts";
import { signingSecret } from "../../shared/integration/kind/webhookSignature.ts";
import type { Integration } from "../../shared/integration/model/integration.ts";
import { excerpt, visible } from "../../shared/platform/visibleText.ts";
import type { Cloud } from "../cloud/cloud.ts";
import { followEvents } from "../cloud/followEvents.ts";
import type { Command, CommandDeps, Input } from "../line/command.ts";
import { CommandError, usageError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";
import { type Forwarder, startForwarder } from "../listen/forwarder.ts";
import { versionsMax } from "../listen/limits.ts";
import { localWebhook } from "../listen/localWebhook.ts";
import { showAttempt } from "../listen/showAttempt.ts";
import { count } from "../terminal/count.ts";
import type { Key } from "../terminal/keys.ts";
import { readSettings, settingOptions } from "./integrationSettings.ts";
import { streamOptions } from "./streamOptions.ts";

const { url: _url, event: _event, name: _name, device: _device, ...ownSettings } = settingOptions;

export const listen: Command = {
  words: "listen",
  summary: "forward the events of the fleet to a server on this machine, as a webhook does",
  arguments: [{ name: "PORT" }],
  hasProduct: true,
  options: {
    ...streamOptions,
    path: {
      value: "PATH",
      summary: "path and query of the local URL (default: those of the webhook, or /)",
    },
    integration: { value: "ID", summary: "build the requests as this webhook does" },
    ...ownSettings,
    secret: {
      value: "SECRET",
      summary: "signing secret, whsec_… (default: one that is made once and stored)",
    },
    full: { summary: "show requests and replies" },
  },
  notes: `Each request is rendered, signed (Standard Webhooks) and sent by the same code as a webhook's, with one attempt.
Secrets of an integration are not readable: they are sent as ********.
Keys: r repeats the last event, a number and Enter repeat that one, q ends. In a pipe, these are lines.`,
  async run(input, deps) {
    const port = portOf(input.needed("PORT"));
    const { out, signal, environment: _environment, ...rest } = deps;
    const api = await deps.cloud();
    const secret = await secretOf(input.text("secret"), deps);
    const webhook = await webhookOf(input, { cloud: api, port, secret }, deps);
    const forwarder = startForwarder(webhook, {
      post: httpPost({ targets: "any" }),
      now: deps.now,
      versionOf: versionReader(webhook, api),
      onResult: (attempt) => showAttempt(attempt, { out, isFull: input.has("full") }),
    });
    const url = webhook.kind === "Webhook" ? webhook.url : "";
    out.note(
      `Forwarding events of ${api.api} to ${visible(url)}. r repeats, a number repeats that one, q ends.`,
    );
    out.note(`Signing secret: ${visible(secret)}`);
    const ended = new AbortController();
    const keys = deps.keys();
    keys.start((key) => onKey(key, forwarder, { out, end: () => ended.abort() }));
    try {
      await followEvents(
        {
          prefix: input.text("filter") ?? prefixOf(webhook),
          device: input.text("device"),
          on: (event) => forwarder.take(event),
          say: (line) => out.note(line),
          signal: AbortSignal.any([signal, ended.signal]),
        },
        { ...rest, cloud: api },
      );
    } finally {
      keys.stop();
    }
    const { attempts, delivered, skipped } = forwarder.counts();
    const missed =
      skipped === 0 ? "" : ` ${count(skipped, "event")} skipped, because too many waited.`;
    out.note(
      `${count(attempts, "attempt")}, ${delivered.toLocaleString("en")} delivered.${missed}`,
    );
    return signal.aborted ? exits.interrupted : undefined;
  },
};

const portOf = (text: string): number => {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw usageError(`PORT must be a number from 1 to 65535, not ${excerpt(text, 50)}.`);
};

/** The signing secret: the given one, or one that stays the same on this machine. */
const secretOf = async (
  given: string | undefined,
  { settings }: Pick<CommandDeps, "settings">,
): Promise<string> => {
  if (given !== undefined) {
    if (/^whsec_[A-Za-z0-9+/]{20,100}={0,2}$/.test(given)) return given;
    throw usageError("--secret must be whsec_ and at least 15 bytes in base64.");
  }
  const { listenSecret } = await settings.read();
  if (listenSecret !== undefined) return listenSecret;
  const made = signingSecret();
  await settings.change((before) => ({ ...before, listenSecret: made }));
  return made;
};

/** The prefix of the integration; `undefined` for all events. */
const prefixOf = ({ event }: Integration): string | undefined => (event === "" ? undefined : event);

const webhookOf = async (
  input: Input,
  { cloud, port, secret }: { cloud: Cloud; port: number; secret: string },
  deps: CommandDeps,
): Promise<Integration> => {
  const id = input.text("integration");
  const hasSettings = Object.keys(ownSettings).some((name) => input.has(name));
  if (id !== undefined && hasSettings) {
    throw usageError("--integration cannot be combined with settings of a webhook.");
  }
  const product = input.text("product");
  const common = {
    origin: `http://localhost:${port}`,
    path: input.text("path"),
    secret,
    product: product === undefined ? undefined : await cloud.productNumber(product),
  };
  if (id !== undefined) {
    const settings = await cloud.showIntegration(id);
    return localWebhook({ ...common, settings, id });
  }
  const settings = hasSettings ? await readSettings(input, deps) : {};
  // A webhook needs a prefix. Without one, all events are forwarded.
  const event = input.text("filter") ?? settings.event;
  const made = localWebhook({
    ...common,
    settings: { ...settings, event: event ?? "all" },
    id: "listen",
  });
  return event === undefined ? { ...made, event: "" } : made;
};

/** Reads the firmware version of devices, if a template uses it. */
const versionReader = (webhook: Integration, cloud: Pick<Cloud, "showDevice">) => {
  const { signing: _, ...settings } = webhook;
  const isUsed = JSON.stringify(settings).includes("PRODUCT_VERSION");
  const known = new Map<string, Promise<string | undefined>>();
  return (device: string): Promise<string | undefined> => {
    if (!isUsed) return Promise.resolve(undefined);
    if (known.size >= versionsMax) known.clear();
    const found = known.get(device) ?? readVersion(device, cloud);
    known.set(device, found);
    return found;
  };
};

/** A version that cannot be read is empty, as that of a device without one. */
const readVersion = async (
  device: string,
  cloud: Pick<Cloud, "showDevice">,
): Promise<string | undefined> => {
  try {
    return (await cloud.showDevice(device)).firmware ?? undefined;
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
};

const onKey = (
  key: Key,
  forwarder: Forwarder,
  { out, end }: Pick<CommandDeps, "out"> & { end: () => void },
): void => {
  if (key.kind === "end") end();
  else if (key.kind === "unknown") {
    out.note(`${excerpt(key.text, 20)} is no key: r repeats, a number repeats that one, q ends.`);
  } else if (!forwarder.repeat(key.number)) {
    out.note(
      key.number === undefined
        ? "There is no event to repeat yet."
        : `There is no event ${key.number}, or it is too old.`,
    );
  }
};
