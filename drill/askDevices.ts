import * as z from "zod";
import type { Place } from "./cloudProcess.ts";
import type { DrillIdentity, Stage } from "./stage.ts";

const shown = z.object({ connected: z.boolean() });

/** How many devices are asked about at once: each needs an environment of a function, which take time to start. */
const askedAtOnceMax = 3;

/** Asks something of each device, some at a time; the answers in the order of the devices. */
export const askEach = async <T>(
  identities: readonly DrillIdentity[],
  ask: (who: DrillIdentity) => Promise<T>,
): Promise<T[]> => {
  const answers: T[] = [];
  while (answers.length < identities.length) {
    const some = identities.slice(answers.length, answers.length + askedAtOnceMax);
    answers.push(...(await Promise.all(some.map(ask))));
  }
  return answers;
};

/** What a region's API says of each device: online or not, or `undefined` where it says that it cannot say. */
export const presence = (
  stage: Stage,
  identities: readonly DrillIdentity[],
  place?: Place,
): Promise<(boolean | undefined)[]> =>
  askEach(identities, async ({ id }) => {
    const { status, body } = await stage.api("GET", `/v1/devices/${id}`, undefined, place);
    return status === 200 ? shown.parse(body).connected : undefined;
  });

/** How many devices answer a call of their function `echo` through a region's API. */
export const answering = async (
  stage: Stage,
  identities: readonly DrillIdentity[],
  place?: Place,
): Promise<number> => {
  const statuses = await askEach(identities, async ({ id }) => {
    const { status } = await stage.api("POST", `/v1/devices/${id}/echo`, { arg: "" }, place);
    return status;
  });
  return statuses.filter((status) => status === 200).length;
};
