import { expect, it } from "vitest";
import type { Receiver } from "#shared/paging/receiver.ts";
import { openSecretCheck } from "#shared/paging/secretCheck.ts";
import { a, onCall, start } from "./support/samples.ts";

const bridge: Receiver = { kind: "alertmanager", name: "bridge", url: "https://bridge.example/" };

const world = (receivers: readonly Receiver[] = [onCall, bridge]) => {
  const state: { now: number; values: ReadonlyMap<string, string> | Error } = {
    now: start,
    values: new Map([["/godwit/slack", "x"]]),
  };
  const secrets = {
    async read() {
      if (state.values instanceof Error) throw state.values;
      return state.values;
    },
  };
  const now = () => state.now;
  const check = openSecretCheck({ region: a, receivers, secrets, now, onError: () => {} });
  return { state, check };
};

it("a receiver without its secret is found before there is a page", async () => {
  const { state, check } = world();
  expect(await check()).toMatchObject([{ source: `secrets/${a}`, signals: [] }]);
  state.values = new Map();
  const [reading] = await check();
  expect(reading?.signals).toMatchObject([
    {
      key: "/godwit/slack",
      summary: expect.stringContaining("/godwit/slack does not exist in us-east-1"),
      exceptReceivers: ["on-call"],
    },
  ]);
});

it("a Systems Manager that does not answer is a problem from the second run on", async () => {
  const { state, check } = world();
  state.values = new Error("503");
  expect(await check()).toEqual([]);
  state.now += 60_000;
  const [reading] = await check();
  expect(reading?.signals).toMatchObject([{ key: "unread", exceptReceivers: ["on-call"] }]);
  state.values = new Map([["/godwit/slack", "x"]]);
  expect(await check()).toMatchObject([{ signals: [] }]);
});

it("receivers without secrets are not checked", async () => {
  const { state, check } = world([bridge]);
  state.values = new Error("503");
  expect(await check()).toEqual([]);
});
