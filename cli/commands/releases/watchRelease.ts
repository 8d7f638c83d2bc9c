import { visible } from "../../../shared/platform/visibleText.ts";
import type { Release } from "../../cloud/bodies.ts";
import type { ProductCloud } from "../../cloud/cloud.ts";
import type { CommandDeps } from "../../line/command.ts";
import { CommandError } from "../../line/commandError.ts";
import { exits } from "../../line/exit.ts";
import { clockTime } from "../../terminal/time.ts";
import { progressText, releaseText } from "./releaseText.ts";

const pollMs = 3_000;

/** The states in which nothing happens until a person decides. */
const ended: readonly Release["state"][] = [
  "halted",
  "rolled_back",
  "cancelled",
  "superseded",
  "completed",
];

/**
 * Shows a release until it needs a person or has ended: each change as a line, on a terminal with
 * the time, otherwise as the release in JSON. A lost connection is waited for. The exit status is 0
 * only if the release is complete.
 */
export const watchRelease = async (
  cloud: Pick<ProductCloud, "showRelease">,
  { id, product }: { readonly id: string; readonly product: string },
  deps: CommandDeps,
): Promise<number | undefined> => {
  const { out, signal } = deps;
  let said = "";
  let isLost = false;
  while (!signal.aborted) {
    const release = await cloud.showRelease(id).catch((error: unknown) => {
      if (!(error instanceof CommandError) || error.exit !== exits.unavailable) throw error;
      if (!isLost) out.note(`${error.message} Waiting for it.`);
      isLost = true;
    });
    if (release !== undefined) {
      isLost = false;
      const text = progressText(release);
      const isEnded = ended.includes(release.state);
      if (text !== said && (out.isJson || !isEnded)) {
        out.result(release, `${clockTime(deps.now())} ${text}`);
      }
      said = text;
      if (isEnded) return finish(release, product, deps);
    }
    await deps.wait(pollMs, signal).catch(() => {});
  }
  out.note(`The release continues. Halt it: ${commandFor("halt", id, product)}`);
  return exits.interrupted;
};

const finish = (release: Release, product: string, { out }: CommandDeps): number | undefined => {
  if (!out.isJson) out.result(release, releaseText(release));
  if (release.state === "completed") return undefined;
  if (release.state === "halted") {
    out.note(
      `Nothing resumes without a person: ${commandFor("resume", release.id, product)}, or rollback, or cancel.`,
    );
  }
  return exits.failed;
};

const commandFor = (word: string, id: string, product: string): string =>
  `godwit releases ${word} ${visible(id)} --product ${visible(product)}`;
