import * as z from "zod/mini";
import { dynamoDeadLetters } from "#shared/aws/delivery/deadLetters.ts";
import { dynamoIntegrationMatchers } from "#shared/aws/delivery/integrations.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { deadLetterKeyOf } from "#shared/delivery/deadLetter.ts";
import {
  countDeadLetters,
  findDeadLetter,
  findDeadLetters,
  removeDeadLetters,
} from "#shared/delivery/findDeadLetters.ts";
import { resolveFilterDevice } from "#shared/delivery/resolvePublisher.ts";
import { readCursor, writeCursor } from "#shared/input/cursor.ts";
import { validationFailure } from "#shared/input/readInput.ts";
import { checkTimeRange } from "#shared/input/timeRange.ts";
import { findIntegration } from "#shared/integration/findIntegration.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { deadLetterRoutes } from "#shared/routes/deadLetterRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { openDeadLetters } from "./edge/globals.ts";
import { api } from "./edge/http/api.ts";
import { deadLetterView } from "./edge/views/integrationView.ts";

const names = env.deadLetters.parse(process.env);
const { globals, withToken } = openCallers(names);
const now = Date.now;
const devices = dynamoDevices(globals, names.DEVICES_TABLE);
const integrations = dynamoIntegrationMatchers(globals, names.INTEGRATIONS_TABLE);
const deadLetters = dynamoDeadLetters(openDeadLetters(names), names.DEAD_LETTERS_TABLE, now);

interface Times {
  readonly from?: number | undefined;
  readonly since?: number | undefined;
  readonly to?: number | undefined;
  readonly until?: number | undefined;
}

/** A filter whose times may have their names in other lists. */
const underOneName = <Filter extends Times>({ since, until, ...filter }: Filter) => ({
  ...filter,
  from: sameValue(["since", "from"], since, filter.from),
  to: sameValue(["until", "to"], until, filter.to),
});

const sameValue = (
  [name, other]: readonly [string, string],
  value: number | undefined,
  otherValue: number | undefined,
): number | undefined => {
  if (value !== undefined && otherValue !== undefined) {
    throw validationFailure([`${name}: is another name of ${other}: give one of them`]);
  }
  return value ?? otherValue;
};

/** The position in a row of the table. */
const position = z.string().check(z.maxLength(100));

const list = withToken<typeof deadLetterRoutes.listDeadLetters>(
  async ({ integration: id, limit, ...given }, { fleet }) => {
    const { cursor, after: next, ...filters } = given;
    if (cursor !== undefined && next !== undefined) {
      throw validationFailure(["cursor: cannot be combined with after"]);
    }
    const asked = underOneName(filters);
    checkTimeRange(asked);
    const after = cursor === undefined ? next : readCursor(asked, cursor, position);
    await findIntegration(fleet, id, { integrations });
    const filter = await resolveFilterDevice(fleet, asked, { devices });
    const found = await findDeadLetters(id, { filter, limit, after }, { deadLetters });
    return {
      dead_letters: found.deadLetters.map(deadLetterView),
      unreadable: found.unreadable ?? 0,
      next: found.next ?? null,
      ...(found.next !== undefined && { cursor: writeCursor(asked, found.next) }),
    };
  },
);

const show = withToken<typeof deadLetterRoutes.showDeadLetter>(
  async ({ integration: id, letter, failed_at: failedAt }, { fleet }) => {
    await findIntegration(fleet, id, { integrations });
    const wanted = { id: letter, failedAt };
    return { dead_letter: deadLetterView(await findDeadLetter(id, wanted, { deadLetters, now })) };
  },
);

const remove = withToken<typeof deadLetterRoutes.removeDeadLetter>(
  async ({ integration: id, letter, failed_at: failedAt }, { fleet }) => {
    await findIntegration(fleet, id, { integrations });
    const found = await findDeadLetter(id, { id: letter, failedAt }, { deadLetters, now });
    await deadLetters.remove(id, [deadLetterKeyOf(found)]);
    return { ok: true };
  },
);

/** Removes the dead letters that match a filter. Without a filter the request must say `all`. */
const removeByFilter = withToken<typeof deadLetterRoutes.removeDeadLetters>(
  async ({ integration: id, plan, all, ...asked }, { fleet }) => {
    checkTimeRange(asked);
    await findIntegration(fleet, id, { integrations });
    const isAll = Object.values(asked).every((value) => value === undefined);
    if (!plan && isAll !== all) {
      const message = isAll
        ? "all: must be true when there is no filter: every dead letter is deleted"
        : "all: does not go together with a filter";
      throw new Failure(message, { code: "invalid_request" });
    }
    // Excludes deliveries that are dead-lettered after this moment.
    const filter = await resolveFilterDevice(fleet, asked, { devices });
    const bounded = { ...filter, to: Math.min(filter.to ?? now(), now()) };
    if (plan) {
      const { count, atLeast } = await countDeadLetters(id, bounded, { deadLetters, now });
      return { plan: true, count, at_least: atLeast };
    }
    return { ok: true, ...(await removeDeadLetters(id, bounded, { deadLetters, now })) };
  },
);

export const handler = api(deadLetterRoutes, {
  listDeadLetters: list,
  removeDeadLetters: removeByFilter,
  showDeadLetter: show,
  removeDeadLetter: remove,
});
