import type { Outcome } from "../books/sentLane.ts";
import type { JobsJob } from "./driverJob.ts";
import { openRequestSender } from "./requestSender.ts";
import type { Sender } from "./sender.ts";

/**
 * Starts jobs of the cloud at the first unit. The jobs themselves send the units, which are
 * accepted when all jobs have been.
 */
export const openJobsSender = ({ base, starts }: JobsJob): Sender => {
  const requests = openRequestSender({
    kind: "request",
    base,
    sequences: starts.map((one) => [one]),
  });
  let started: Promise<Outcome> | undefined;
  const start = async (unit: Parameters<Sender["send"]>[0]): Promise<Outcome> => {
    const outcomes = await Promise.all(starts.map((_, seq) => requests.send({ ...unit, seq })));
    return outcomes.find(({ result }) => result !== "accepted") ?? { result: "accepted" };
  };
  return {
    send(unit) {
      started ??= start(unit);
      return started;
    },
    stop: requests.stop,
  };
};
