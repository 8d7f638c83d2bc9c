import { selfTestMs } from "./limits.ts";
import {
  acknowledgeUrl,
  isSelfTestDue,
  type PageWay,
  type SelfTest,
  type SelfTests,
  selfTestReason,
} from "./selfTest.ts";

interface SelfTestDeps {
  readonly region: string;
  /** The ways that are configured: without one, nothing is tested. */
  readonly ways: readonly PageWay[];
  readonly selfTests: SelfTests;
  /** Sets the alarm of self-tests to ALARM, with a reason. */
  readonly trigger: (reason: string) => Promise<void>;
  /** The URL of the REST API, for links. */
  readonly api: string;
  readonly newId: () => string;
  readonly now: () => number;
}

/**
 * Starts a self-test in place of the former one: the alarm of self-tests starts, as any alarm does,
 * so that the test takes every step of a page. Its links acknowledge. A crash before the alarm
 * leaves a test without a link, which pages: it is a failure of the pages. Returns `undefined` if
 * another run has started one.
 */
export const startSelfTest = async (
  deps: SelfTestDeps,
  former: SelfTest | undefined,
): Promise<SelfTest | undefined> => {
  const { region, ways, selfTests, trigger, api, newId, now } = deps;
  const test: SelfTest = { id: newId(), region, at: now(), ways: [...ways], acknowledged: {} };
  const url = acknowledgeUrl(api, { region, test: test.id, way: "sns" }, await selfTests.key());
  if (!(await selfTests.begin(test, former))) return undefined;
  await trigger(selfTestReason(test, url));
  return test;
};

/** Starts the weekly self-test if it is due, and returns the latest one. */
export const runSelfTest = async (deps: SelfTestDeps): Promise<SelfTest | undefined> => {
  const { region, ways, selfTests, now } = deps;
  if (ways.length === 0) return undefined;
  const latest = await selfTests.latest(region);
  if (isSelfTestDue(latest, now())) {
    return (await startSelfTest(deps, latest)) ?? selfTests.latest(region);
  }
  if (latest !== undefined) return latest;
  // The first test is an hour after the first run: the subscriptions must be confirmed before.
  const first: SelfTest = {
    id: "none",
    region,
    at: now() - selfTestMs + 60 * 60_000,
    ways: [],
    acknowledged: {},
  };
  await selfTests.begin(first, undefined);
  return first;
};
