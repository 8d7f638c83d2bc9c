import { readFile } from "node:fs/promises";
import type { Command, CommandDeps, Options } from "../command.ts";
import { pages } from "../pages.ts";
import { runWithPlan } from "../runWithPlan.ts";
import { textOf } from "../textOf.ts";
import { UsageError } from "../usageError.ts";

const words = "incident";

const body = { value: "TEXT", description: "the words for the readers of the status page" };
const components = {
  value: "LIST",
  description:
    "components, separated by commas: events:us-east-1:partial_outage,api:us-east-1:degraded_performance",
};
const maintained = {
  value: "LIST",
  description: "components, separated by commas: calls:us-east-1,api:us-east-1",
};
/** `--version` is the option of every command that prints the version of the tool. */
const version = {
  "if-version": {
    value: "VERSION",
    description: "refuse the change if the incident has another version (incident show)",
  },
};
const from = { value: "TIME", description: "the start of a maintenance, as 2027-01-01T10:00:00Z" };
const until = { value: "TIME", description: "the end of a maintenance" };

/** Parses `events:us-east-1:partial_outage`. The admin function checks the names. */
const placesOf = (options: Options): object[] | undefined =>
  textOf(options.components)
    ?.split(",")
    .map((text) => {
      const [component, region, status, ...more] = text.trim().split(":");
      if (region === undefined || more.length > 0) {
        throw new UsageError(`'${text}' is not COMPONENT:REGION:STATUS.`);
      }
      return { component, region, ...(status !== undefined && { status }) };
    });

const required = (options: Options, name: string, command: string): string => {
  const value = textOf(options[name]);
  if (value === undefined) throw new UsageError(`${command} needs --${name}.`);
  return value;
};

const invoke = async (request: object, deps: Pick<CommandDeps, "invoke">): Promise<object> =>
  Object(await deps.invoke(request));

/** Opens an incident or a general notice. */
export const openIncident: Command = {
  words: `${words} open`,
  argument: "TITLE",
  summary: "open an incident on the status page, or, without components, a general notice",
  options: {
    body,
    components,
    status: { value: "NAME", description: "investigating (default), identified or monitoring" },
    impact: { value: "NAME", description: "none, minor, major or critical (default: calculated)" },
  },
  run: (name, options, deps) =>
    invoke(
      {
        openIncident: {
          name,
          body: required(options, "body", `${words} open`),
          affected: placesOf(options),
          status: textOf(options.status),
          impact: textOf(options.impact),
        },
      },
      deps,
    ),
};

/** Schedules a maintenance. */
export const scheduleMaintenance: Command = {
  words: `${words} maintenance`,
  argument: "TITLE",
  summary: "schedule a maintenance, which begins and ends by itself",
  options: { body, components: maintained, from, until },
  run: (name, options, deps) => {
    const command = `${words} maintenance`;
    required(options, "components", command);
    const request = {
      name,
      body: required(options, "body", command),
      affected: placesOf(options),
      scheduled_for: required(options, "from", command),
      scheduled_until: required(options, "until", command),
    };
    return invoke({ openIncident: request }, deps);
  },
};

/** Lists incidents. */
export const listIncidents: Command = {
  words: `${words} list`,
  summary: "list the incidents and maintenances of the last 90 days",
  options: {},
  run: (_, __, deps) => pages(() => deps.invoke({ listIncidents: {} })),
};

/** Shows an incident. */
export const showIncident: Command = {
  words: `${words} show`,
  argument: "ID",
  summary: "show an incident or a maintenance, and who changed it",
  options: {},
  run: (incident, _, deps) => invoke({ showIncident: { incident } }, deps),
};

/** Adds an update to an incident. */
export const updateIncident: Command = {
  words: `${words} update`,
  argument: "ID",
  summary: "add words, a status, components or an impact to an incident, or move a maintenance",
  options: {
    body,
    components,
    status: { value: "NAME", description: "the status from now on (default: unchanged)" },
    impact: { value: "NAME", description: "the impact from now on" },
    title: { value: "TEXT", description: "the title from now on" },
    from,
    until,
    ...version,
  },
  run: (incident, options, deps) =>
    invoke(
      {
        updateIncident: {
          incident,
          body: required(options, "body", `${words} update`),
          affected: placesOf(options),
          status: textOf(options.status),
          impact: textOf(options.impact),
          name: textOf(options.title),
          scheduled_for: textOf(options.from),
          scheduled_until: textOf(options.until),
          version: textOf(options["if-version"]),
        },
      },
      deps,
    ),
};

/** Shows the incident of a command that ends it, and runs the command with `--yes`. */
const planned = (
  incident: string,
  request: object,
  { options, deps }: { options: Options; deps: CommandDeps },
): Promise<object> =>
  runWithPlan(
    {
      plan: () => invoke({ showIncident: { incident } }, deps),
      act: () => invoke(request, deps),
    },
    options,
    deps,
  );

/** Resolves an incident, or completes a maintenance. */
export const resolveIncident: Command = {
  words: `${words} resolve`,
  argument: "ID",
  summary: "resolve an incident; it is refused while one of its alarms fires",
  dangerous: true,
  options: {
    body,
    maintenance: { description: "complete a maintenance, or cancel it before it begins" },
    ...version,
  },
  run: (incident, options, deps) => {
    const status = options.maintenance === true ? "completed" : "resolved";
    const text = required(options, "body", `${words} resolve`);
    const request = { incident, body: text, status, version: textOf(options["if-version"]) };
    return planned(incident, { updateIncident: request }, { options, deps });
  },
};

/** Merges an incident into another one. */
export const mergeIncident: Command = {
  words: `${words} merge`,
  argument: "ID",
  summary: "merge an incident into another one, which continues it",
  dangerous: true,
  options: { into: { value: "ID", description: "the incident that continues it" }, ...version },
  run: (incident, options, deps) => {
    const into = required(options, "into", `${words} merge`);
    const request = { incident, merged_into: into, version: textOf(options["if-version"]) };
    return planned(incident, { mergeIncident: request }, { options, deps });
  },
};

/** Attaches a postmortem to an incident. */
export const writePostmortem: Command = {
  words: `${words} postmortem`,
  argument: "ID",
  summary: "publish a postmortem (Markdown) of a resolved incident, or replace it",
  options: { file: { value: "FILE", description: "the Markdown file" }, ...version },
  async run(incident, options, deps) {
    const file = required(options, "file", `${words} postmortem`);
    const postmortem = await readFile(file, "utf8");
    const request = { incident, postmortem, version: textOf(options["if-version"]) };
    return invoke({ writePostmortem: request }, deps);
  },
};

/** Lists the messages about an incident. */
export const listNotices: Command = {
  words: `${words} notices`,
  argument: "ID",
  summary: "list the messages to subscribers about an incident, with their attempts",
  options: {
    only: {
      value: "NAME",
      description: "waiting, delivered, dead or skipped messages (default: all)",
    },
  },
  run: (incident, options, deps) => {
    const state = textOf(options.only);
    return pages((after) => deps.invoke({ listNotices: { incident, state, after } }));
  },
};

/** Sends dead-lettered messages again. */
export const replayNotices: Command = {
  words: `${words} replay`,
  argument: "ID",
  summary: "send the dead-lettered messages about an incident again",
  options: {},
  run: (incident, _, deps) => invoke({ replayNotices: { incident } }, deps),
};
