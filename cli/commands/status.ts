import * as z from "zod/mini";
import { visible } from "../../shared/platform/visibleText.ts";
import type { Cloud } from "../cloud/cloud.ts";
import { readJson } from "../cloud/readJson.ts";
import type { Command, CommandDeps } from "../line/command.ts";
import { CommandError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";
import { findAccess, findApi } from "../settings/access.ts";
import { apiAddress } from "../settings/apiAddress.ts";

/** The summary of the status page: Statuspage's API v2. */
const summary = z.object({
  status: z.object({ indicator: z.string(), description: z.string() }),
  components: z._default(
    z.array(z.object({ name: z.string(), status: z.string(), group: z.optional(z.boolean()) })),
    [],
  ),
  incidents: z._default(
    z.array(z.object({ name: z.string(), status: z.string(), impact: z.optional(z.string()) })),
    [],
  ),
});

type Summary = z.output<typeof summary>;

export const status: Command = {
  words: "status",
  summary: "show whether the cloud works, and who you are",
  arguments: [],
  options: {
    page: {
      value: "URL",
      summary: "address of the status page (default: GODWIT_STATUS_PAGE, or /status of the API)",
    },
  },
  notes:
    "The exit status is 5 if the region does not work, and 1 if the status page reports a problem.",
  async run(input, deps) {
    const api = await findApi({ ...deps, api: input.text("api") });
    const health = await healthOf(deps.anonymousCloud(api));
    const user = await userOf(api, input.text("api"), deps);
    const page = await readPage(input.text("page"), api, deps);
    deps.out.result(
      { api, ...health, user: user.name ?? null, status_page: page ?? null },
      lines({ api, health, user: user.text, page }, deps).join("\n"),
    );
    if (!health.ok) return exits.unavailable;
    return page !== undefined && page.status.indicator !== "none" ? exits.failed : undefined;
  },
};

interface Health {
  readonly ok: boolean;
  readonly region: string | null;
  readonly problem: string | null;
}

const healthOf = async (cloud: Pick<Cloud, "health">): Promise<Health> => {
  try {
    return { ok: true, region: (await cloud.health()).region, problem: null };
  } catch (error) {
    if (!(error instanceof CommandError) || error.exit === exits.interrupted) throw error;
    return { ok: false, region: null, problem: error.message };
  }
};

/** Who is signed in. `name` is absent for nobody, and for a token that has no user. */
const userOf = async (
  api: string,
  given: string | undefined,
  deps: CommandDeps,
): Promise<{ name?: string; text: string }> => {
  try {
    const { token } = await findAccess({ ...deps, api: given });
    const { username } = await deps.cloudWith({ api, token }).showUser();
    return { name: username, text: visible(username) };
  } catch (error) {
    if (!(error instanceof CommandError) || error.exit === exits.interrupted) throw error;
    return { text: error.exit === exits.signIn ? "nobody: godwit login" : error.message };
  }
};

const readPage = async (
  given: string | undefined,
  api: string,
  { environment, signal }: CommandDeps,
): Promise<Summary | undefined> => {
  const chosen = given ?? environment.GODWIT_STATUS_PAGE;
  const address = chosen === undefined || chosen === "" ? `${api}/status` : apiAddress(chosen);
  const body = await readJson(`${address}/api/v2/summary.json`, signal);
  const { success, data } = summary.safeParse(body);
  if (success) return data;
  if (given === undefined) return undefined;
  throw new CommandError(`${address} is not a status page.`, { exit: exits.unavailable });
};

interface Found {
  readonly api: string;
  readonly health: Health;
  readonly user: string;
  readonly page: Summary | undefined;
}

const lines = ({ api, health, user, page }: Found, { out }: CommandDeps): string[] => {
  const works = health.ok
    ? out.paint(`works (region ${visible(health.region ?? "-")})`, "green")
    : out.paint(health.problem ?? "does not work", "red");
  return [
    `api        ${api}`,
    `region     ${works}`,
    `user       ${user}`,
    ...(page === undefined
      ? ["status     the address of the status page is not known: --page URL"]
      : [
          `status     ${out.paint(visible(page.status.description), page.status.indicator === "none" ? "green" : "red")}`,
          ...page.components
            .filter((component) => component.status !== "operational" && component.group !== true)
            .map(
              ({ name, status: state }) =>
                `  ${visible(name)}: ${visible(state.replaceAll("_", " "))}`,
            ),
          ...page.incidents.map(
            ({ name, status: state }) => `  ${visible(name)} (${visible(state)})`,
          ),
        ]),
  ];
};
