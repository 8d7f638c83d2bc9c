import type { Broker } from "../event/ports.ts";
import type { Integration } from "../integration/model/integration.ts";
import type { Integrations } from "../integration/model/integrations.ts";
import { BoundedMap } from "../platform/boundedMap.ts";
import { cloudPublisher, eventTopic } from "../platform/topic.ts";
import { disabledAfterMs } from "../resilience/limits.ts";
import {
  afterFailure,
  afterSlowness,
  afterSuccess,
  type Trouble,
  type Troubles,
} from "../resilience/trouble.ts";
import { troublesWrittenMax } from "./limits.ts";

interface Deps {
  integrations: Pick<Integrations, "disable">;
  troubles: Troubles;
  broker: Pick<Broker, "publish">;
  now: () => number;
  /** It could not be written down, or told: no delivery waits for that. */
  onError: (what: "trouble" | "news", error: unknown) => void;
}

/**
 * Writes down which integrations fail, tells their owners, and disables those that do nothing else. `known` is what was
 * known before the attempt.
 */
export interface TroubleKeeper {
  succeeded(integration: Integration, known: Trouble | undefined): Promise<void>;
  failed(integration: Integration, failure: FailedDelivery): Promise<void>;
  /** An attempt is under way for longer than a quick target takes. */
  slow(integration: Integration, known: Trouble | undefined): Promise<void>;
  /** The target said that it is gone. Fails when the integration cannot be disabled. */
  gone(integration: Integration, reason: string): Promise<void>;
}

interface FailedDelivery {
  readonly known: Trouble | undefined;
  readonly attempts: number;
  readonly reason: string;
  readonly openUntil: number | undefined;
}

/**
 * Keeps what is known of integrations in trouble. A success of one that has none costs a look into memory; a failure
 * that is no hiccup, a write an hour.
 */
export const keepTrouble = (deps: Deps): TroubleKeeper => {
  const { integrations, troubles, now, onError } = deps;
  /** What this worker wrote and has not read yet. */
  const written = new BoundedMap<string, Trouble>(troublesWrittenMax);
  const latest = (id: string, known: Trouble | undefined): Trouble | undefined => {
    const own = written.get(id);
    if (own !== undefined && own.revision > (known?.revision ?? 0)) return own;
    written.delete(id);
    return known;
  };
  const put = async (fleet: string, next: Trouble): Promise<boolean> => {
    const done = await troubles.put(fleet, next);
    // A removed entry is read again: at worst a write fails because its revision is not the next.
    if (done) written.set(next.integration, next);
    else written.delete(next.integration);
    return done;
  };
  const trying = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      onError("trouble", error);
    }
  };
  return {
    async succeeded({ fleet, id }, known) {
      const next = afterSuccess(latest(id, known));
      if (next === undefined) return;
      await trying(async () => void (await put(fleet, next)));
    },

    async slow({ fleet, id }, known) {
      const next = afterSlowness(latest(id, known), { integration: id, now: now() });
      if (next === undefined) return;
      await trying(async () => void (await put(fleet, next)));
    },

    failed: (integration, { known, reason, ...failure }) =>
      trying(async () => {
        const { fleet, id, enabledAt } = integration;
        const failed = { integration: id, enabledAt, ...failure, now: now() };
        const after = afterFailure(latest(id, known), failed);
        if (after === undefined) return;
        const { next, tell } = after;
        if (tell === 100) return disable(integration, { trouble: next, reason }, deps);
        // Of the workers that find out at once, the one that writes it down tells.
        if ((await put(fleet, next)) && tell !== undefined) {
          await publish(integration, "failing", news(next, { percent: tell, reason }), deps);
        }
      }),

    async gone(integration, reason) {
      const { fleet, id } = integration;
      if (await integrations.disable(fleet, id, reason)) {
        await publish(integration, "disabled", { percent: 100, reason }, deps);
      }
    },
  };
};

/** After it is disabled the count is at its beginning: its owner may enable it again. */
const disable = async (
  integration: Integration,
  { trouble, reason }: { trouble: Trouble; reason: string },
  deps: Deps,
): Promise<void> => {
  const { fleet, id } = integration;
  const days = disabledAfterMs / 86_400_000;
  const why = `nothing but failure for ${days} days; the last time: ${reason}`;
  const disabled = await deps.integrations.disable(fleet, id, why);
  const over = afterSuccess(trouble);
  // The revision that would have been written.
  if (over !== undefined) await deps.troubles.put(fleet, { ...over, revision: trouble.revision });
  if (!disabled) return;
  await publish(integration, "disabled", news(trouble, { percent: 100, reason: why }), deps);
};

interface News {
  readonly percent: number;
  readonly reason: string;
  readonly since?: string;
  readonly disabled_at?: string;
}

const news = ({ since }: Trouble, { percent, reason }: News): News => ({
  percent,
  reason,
  ...(since !== undefined && {
    since: new Date(since).toISOString(),
    disabled_at: new Date(since + disabledAfterMs).toISOString(),
  }),
});

/** An event in the owner's fleet. It may trigger integrations: there are three of them in five days, so it feeds no loop. */
const publish = async (
  { fleet, id, name }: Integration,
  what: "failing" | "disabled",
  said: News,
  { broker, onError }: Deps,
): Promise<void> => {
  const topic = eventTopic({ fleet, device: cloudPublisher, name: `integration/${what}` });
  try {
    await broker.publish(topic, Buffer.from(JSON.stringify({ id, name, ...said })));
  } catch (error) {
    onError("news", error);
  }
};
