import { excerpt, visible } from "../../shared/platform/visibleText.ts";
import type { ListedIntegration, Preview, SavedIntegration, Tried } from "../cloud/bodies.ts";
import { readIntegrations } from "../cloud/readIntegrations.ts";
import type { Command } from "../line/command.ts";
import { exits } from "../line/exit.ts";
import type { Paint } from "../terminal/style.ts";
import type { Column } from "../terminal/table.ts";
import { logs } from "./integrationLogs.ts";
import { readSettings, sampleOf, sampleOptions, settingOptions } from "./integrationSettings.ts";
import { bodyText, requestText } from "./requestText.ts";

/** The fields of an integration, unless it cannot be read. */
const read = (listed: ListedIntegration) => ("unreadable" in listed ? undefined : listed);

const colors = { healthy: "green", failing: "red", disabled: "yellow" } as const;

const columns: readonly Column<ListedIntegration>[] = [
  { title: "ID", of: ({ id }) => id },
  {
    title: "STATE",
    of: (listed) => read(listed)?.state ?? "unreadable",
    color: (listed) => colors[read(listed)?.state ?? "failing"],
  },
  { title: "EVENT", of: (listed) => read(listed)?.event },
  { title: "KIND", of: (listed) => read(listed)?.integration_type },
  { title: "NAME", of: (listed) => read(listed)?.name },
  { title: "URL", of: (listed) => read(listed)?.url },
];

const states = ["healthy", "failing", "disabled"] as const;

const list: Command = {
  words: "integrations list",
  summary: "list the integrations of the fleet",
  arguments: [],
  hasProduct: true,
  options: {
    search: { value: "TEXT", summary: "a part of the name, of the event or of the URL" },
    state: { value: "STATE", summary: "only those in this state", choices: states },
  },
  async run(input, { cloud, out }) {
    const state = states.find((one) => one === input.text("state"));
    const query = { search: input.text("search"), ...(state && { state }) };
    const integrations = await readIntegrations(await cloud(), query);
    out.rows(
      integrations,
      columns,
      "There are no such integrations. Create one: godwit integrations create --event temp --url https://example.com/hook",
    );
    return undefined;
  },
};

const create: Command = {
  words: "integrations create",
  summary: "create an integration",
  arguments: [],
  hasProduct: true,
  options: {
    ...settingOptions,
    disabled: { summary: "do not send anything yet" },
  },
  notes: `The signing secret of a webhook is printed once.
Example: godwit integrations create --event temp --url https://example.com/hook`,
  async run(input, deps) {
    const settings = await readSettings(input, deps);
    const disabled = input.has("disabled") ? { disabled: true } : {};
    const made = await (await deps.cloud()).createIntegration({ ...settings, ...disabled });
    const secret = made.signing_secret;
    deps.out.result(
      made,
      [
        `Integration ${visible(made.id)} (${visible(made.name)}) is ${made.disabled ? "stored and disabled" : "in effect"}.`,
        ...(secret === undefined ? [] : [`Signing secret, shown only now: ${visible(secret)}`]),
        `Send a test: godwit integrations test ${visible(made.id)}`,
      ].join("\n"),
    );
    return undefined;
  },
};

const preview: Command = {
  words: "integrations preview",
  summary: "show the requests that an integration would send",
  arguments: [{ name: "ID", optional: true }],
  hasProduct: true,
  options: {
    ...settingOptions,
    ...sampleOptions,
    limit: {
      value: "N",
      summary: "without an example event: the latest N events of the fleet (default 5)",
    },
  },
  notes: `With ID, the options change the stored settings for the preview. Without ID, they describe a new integration.
Nothing is sent and nothing is stored.`,
  async run(input, deps) {
    const { cloud, out } = deps;
    const id = input.argument("ID");
    const event = sampleOf(input);
    const limit = input.number("limit", { min: 1, max: 20 });
    const which = { ...(event && { event }), ...(limit && { limit }) };
    const hasChanges = Object.keys(settingOptions).some((name) => input.has(name));
    const template = id === undefined || hasChanges ? await readSettings(input, deps) : undefined;
    const api = await cloud();
    const shown =
      id === undefined
        ? await api.previewNew(template ?? {}, which)
        : await api.preview(id, changesOf(template ?? {}), which);
    out.result(shown, previewText(shown, out.paint));
    return shown.events.some(({ failure }) => failure !== undefined) ? exits.failed : undefined;
  },
};

/** Changes of a stored integration: its kind stays. */
const changesOf = ({ integration_type: _kind, ...changes }: Readonly<Record<string, unknown>>) =>
  changes;

const previewText = ({ events, note }: Preview, paint: Paint): string =>
  [
    ...events.map(({ event, matches, request, failure }) => {
      const head = `${paint(visible(event.name), "cyan")} ${excerpt(event.data, 200)}`;
      if (!matches) return `${head}\n  does not match the integration`;
      if (request === null)
        return `${head}\n  ${paint(excerpt(failure ?? "no request", 1_000), "red")}`;
      return `${head}\n${requestText(request, paint)}`;
    }),
    ...(note === undefined ? [] : [visible(note)]),
  ].join("\n\n");

const test: Command = {
  words: "integrations test",
  summary: "send one real request to the target, now",
  arguments: [{ name: "ID" }],
  hasProduct: true,
  options: sampleOptions,
  notes: "The exit status is 1 unless the target accepts the request. Nothing is retried.",
  async run(input, { cloud, out }) {
    const event = sampleOf(input);
    const tried = await (await cloud()).test(input.needed("ID"), event);
    out.result(tried, triedText(tried, out.paint));
    return tried.ok ? undefined : exits.failed;
  },
};

const triedText = (tried: Tried, paint: Paint): string => {
  const { ok, verdict, took_ms: ms, request, reply, failure } = tried;
  const result = paint(visible(verdict), ok ? "green" : "red");
  const answer =
    reply === null
      ? `  ${excerpt(failure ?? "no reply", 1_000)}`
      : [
          `  ${reply.status} ${visible(reply.content_type ?? "")}`.trimEnd(),
          ...(reply.body === "" ? [] : [bodyText(reply.body)]),
        ].join("\n");
  return `${requestText(request, paint)}\n\n${result} after ${Math.round(ms)} ms\n${answer}`;
};

const changed = ({ id, name, disabled }: SavedIntegration): string =>
  `Integration ${visible(id)} (${visible(name)}) is ${disabled ? "disabled" : "enabled"}.`;

const enable: Command = {
  words: "integrations enable",
  summary: "enable an integration",
  arguments: [{ name: "ID" }],
  hasProduct: true,
  options: {},
  async run(input, { cloud, out }) {
    const saved = await (await cloud()).enableIntegration(input.needed("ID"));
    out.result(saved, changed(saved));
    return undefined;
  },
};

const disable: Command = {
  words: "integrations disable",
  summary: "disable an integration; its waiting deliveries become dead letters",
  arguments: [{ name: "ID" }],
  hasProduct: true,
  options: { yes: { summary: "do not ask" } },
  async run(input, { cloud, out, prompt }) {
    const id = input.needed("ID");
    if (!input.has("yes")) {
      out.note(
        "Events are not delivered while it is disabled. Waiting deliveries become dead letters, which you can replay.",
      );
      if (!(await prompt.confirm(`Disable ${visible(id)}?`))) {
        out.note("Nothing was changed.");
        return exits.failed;
      }
    }
    const saved = await (await cloud()).disableIntegration(id);
    out.result(saved, changed(saved));
    return undefined;
  },
};

/** The commands on integrations. */
export const integrationCommands: readonly Command[] = [
  list,
  create,
  preview,
  test,
  logs,
  enable,
  disable,
];
