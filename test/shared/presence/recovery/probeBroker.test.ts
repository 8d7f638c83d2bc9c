import { expect, it } from "vitest";
import { brokerProbePauseMs, brokerProbes } from "#shared/presence/recovery/limits.ts";
import { probeBroker } from "#shared/presence/recovery/probeBroker.ts";

/** Probes a broker that fails some times before it answers. */
const probe = async (failures: number) => {
  const errors: unknown[] = [];
  const pauses: number[] = [];
  let requests = 0;
  const answers = await probeBroker({
    link: {
      async presence() {
        requests += 1;
        if (requests <= failures) throw new Error(`refused ${requests}`);
        return { connected: false };
      },
    },
    wait: async (ms) => void pauses.push(ms),
    onError: (_, error) => void errors.push(String(error)),
  });
  return { answers, requests, errors, pauses };
};

it("asks a broker that answers once", async () => {
  expect(await probe(0)).toEqual({ answers: true, requests: 1, errors: [], pauses: [] });
});

it("is down only when each of several probes fails, with a pause between them", async () => {
  for (let failures = 1; failures < brokerProbes; failures += 1) {
    expect(await probe(failures)).toMatchObject({ answers: true, requests: failures + 1 });
  }
  const { answers, requests, errors, pauses } = await probe(Number.POSITIVE_INFINITY);
  expect({ answers, requests }).toEqual({ answers: false, requests: brokerProbes });
  expect(errors).toEqual(Array.from({ length: brokerProbes }, (_, i) => `Error: refused ${i + 1}`));
  expect(pauses).toEqual(Array(brokerProbes - 1).fill(brokerProbePauseMs));
});
