import { describe, expect, it } from "vitest";
import { readInput } from "#shared/input/readInput.ts";
import { integrationPage, listInput } from "#shared/integration/listInput.ts";
import { anIntegration } from "../../memory/samples.ts";

const now = 1_800_000_000_000;

const made = (n: number, more: Parameters<typeof anIntegration>[0] = {}) =>
  anIntegration({
    id: `i${n}`,
    name: `Hook ${n}`,
    event: `event-${n}`,
    createdAt: new Date(now - 1_000_000 + (n % 3)).toISOString(),
    ...more,
  });

const health = (n: number, more: object) => ({
  ...{ integration: `i${n}`, hours: 1, countedAt: now, told: 0, revision: 1 },
  ...more,
});

const fleetRouting = {
  integrations: [
    made(0),
    made(1, { disabled: true }),
    made(2),
    made(3, { disabled: true }),
    made(4),
    made(5),
    // Its owner has enabled it again since its failures.
    made(6, { enabledAt: now - 1 }),
  ],
  unreadable: new Map([["broken", new Error("key")]]),
  healthRecords: [
    health(2, { since: now - 1 }),
    health(3, { since: now - 1 }),
    health(4, { openUntil: now + 1 }),
    health(6, { since: now - 2 }),
    // It has recovered.
    health(5, { openUntil: now - 1, slowUntil: now + 1 }),
  ],
};

const page = (fields: object) => integrationPage(fleetRouting, readInput(listInput, fields), now);

/** The ids of all pages, with their states. */
const walk = (fields: object): string[] => {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const read = page({ ...fields, ...(cursor && { cursor }) });
    if (read === undefined) throw new Error("no page");
    found.push(
      ...read.items.map((one) =>
        "unreadable" in one ? one.unreadable : `${one.integration.id} ${one.state}`,
      ),
    );
    cursor = read.cursor;
  } while (cursor !== undefined);
  return found;
};

describe("a page of integrations with a cursor", () => {
  it("has each once, by creation, with its state; those that cannot be read are last", () => {
    for (const limit of [1, 2, 3, 100]) {
      expect(walk({ limit })).toEqual([
        "i0 healthy",
        "i3 disabled",
        "i6 healthy",
        "i1 disabled",
        "i4 failing",
        "i2 failing",
        "i5 healthy",
        "broken",
      ]);
    }
  });

  it.each([
    ["failing", ["i4 failing", "i2 failing"]],
    ["disabled", ["i3 disabled", "i1 disabled"]],
    ["healthy", ["i0 healthy", "i6 healthy", "i5 healthy"]],
  ])("has only those that are %s", (state, ids) => {
    expect(walk({ state, limit: 1 })).toEqual(ids);
  });

  it("finds a part of the name, the trigger or the URL", () => {
    expect(walk({ search: "hOOK 2" })).toEqual(["i2 failing"]);
    expect(walk({ search: "EVENT-5" })).toEqual(["i5 healthy"]);
    expect(walk({ search: "no such" })).toEqual([]);
    expect(walk({ search: "://" })).toHaveLength(7);
    expect(walk({ search: "hook", disabled: "true", limit: 1 })).toHaveLength(2);
  });

  it("is the array of former versions without its parameters", () => {
    expect(page({})).toBeUndefined();
    expect(page({ event: "e", page: 1, per_page: 2 })).toBeUndefined();
  });

  it.each([
    [{ limit: 1, page: 1 }, "page: cannot be combined with limit, cursor, search, state"],
    [{ state: "failing", per_page: 1 }, "per_page: cannot be combined with"],
    [{ state: "broken" }, "state: must be one of"],
    [{ limit: 1, cursor: "x" }, "cursor: must be the cursor of another page"],
  ])("refuses %o", (fields, message) => {
    expect(() => page(fields)).toThrow(message);
  });
});
