import * as z from "zod";
import type { CloudWatch } from "../cloudwatch/cloudwatch.ts";
import type { ControlRoute } from "./controlRoute.ts";

/** CloudWatch of a region. */
export type ControlledAlarms = Pick<CloudWatch, "advance" | "setState"> & {
  readonly alarms: Pick<CloudWatch["alarms"], "entries" | "find">;
};

const stateChange = z.strictObject({
  alarm: z.string().min(1),
  state: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]),
  reason: z.string().min(1).max(1_023).default("Set by the control API"),
});

/** A week: the longest window of an alarm. */
const secondsMax = 604_800;
const step = z.strictObject({ seconds: z.number().positive().max(secondsMax) });

/** The operations on alarms. Each returns the alarms after it. */
export const alarmRoutes = (cloudwatch: ControlledAlarms): ControlRoute[] => {
  const alarms = () => ({ alarms: cloudwatch.alarms.entries.map(view) });
  return [
    { method: "GET", path: "/alarms", act: async () => alarms() },
    {
      method: "PUT",
      path: "/alarms",
      async act(given) {
        const { alarm, state, reason } = stateChange.parse(given);
        checkName(cloudwatch, alarm);
        await cloudwatch.setState(alarm, { state, reason: { text: reason } });
        return alarms();
      },
    },
    {
      method: "POST",
      path: "/alarms/advance",
      async act(given) {
        await cloudwatch.advance(step.parse(given).seconds * 1_000);
        return alarms();
      },
    },
  ];
};

const checkName = ({ alarms }: ControlledAlarms, name: string): void => {
  if (alarms.find(name) !== undefined) return;
  const message = `there is no alarm ${name}; GET /alarms lists them`;
  throw new z.ZodError([{ code: "custom", path: ["alarm"], message, input: name }]);
};

const view = ({ alarm, status }: CloudWatch["alarms"]["entries"][number]) => ({
  alarm: alarm.name,
  state: status.state,
  since: new Date(status.transitionedAt).toISOString(),
  reason: status.reason.text,
  ...(alarm.description !== undefined && { description: alarm.description }),
  ...(status.contributors.size > 0 && {
    contributors: [...status.contributors.values()].map(({ attributes }) => attributes),
  }),
  ...(status.pending && { actionsWithheldBy: status.pending.by }),
  ...(status.error !== undefined && { error: status.error }),
});
