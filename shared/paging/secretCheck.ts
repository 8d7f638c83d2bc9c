import { unreadableMs } from "./limits.ts";
import type { PageSecrets } from "./pageSecrets.ts";
import type { Reading, Signal } from "./reading.ts";
import { type Receiver, secretNames } from "./receiver.ts";

interface SecretCheckDeps {
  /** The region of the watcher, which reads the parameters there. */
  readonly region: string;
  readonly receivers: readonly Receiver[];
  readonly secrets: PageSecrets;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Finds receivers that could not be paged, before there is a page: a secret that does not exist, or
 * a Systems Manager that does not answer a worker that has no secrets yet.
 */
export const openSecretCheck = ({
  region,
  receivers,
  secrets,
  now,
  onError,
}: SecretCheckDeps): (() => Promise<Reading[]>) => {
  const source = `secrets/${region}`;
  const names = secretNames(receivers);
  let failingSince: number | undefined;
  const problem = (key: string, summary: string, names: readonly string[]): Signal => ({
    ...{ key, region, summary, severity: "error", components: [], since: now() },
    runbook: "pages-are-not-delivered",
    exceptReceivers: names,
  });
  return async () => {
    if (names.length === 0) return [];
    const at = now();
    try {
      const found = await secrets.read(names);
      failingSince = undefined;
      const missing = names.filter((name) => !found.has(name));
      const signals = missing.map((name) => {
        const affected = receivers.filter((one) => "secret" in one && one.secret === name);
        const named = affected.map((one) => one.name);
        const summary = `The parameter ${name} does not exist in ${region}: pages do not reach ${named.join(", ")}.`;
        return problem(name, summary, named);
      });
      return [{ source, at, signals }];
    } catch (error) {
      onError("the secrets of receivers were not read", error);
      failingSince ??= at;
      if (at - failingSince < unreadableMs) return [];
      const affected = receivers.flatMap((one) =>
        "secret" in one && one.secret ? [one.name] : [],
      );
      const summary = `Systems Manager of ${region} does not answer: pages do not reach ${affected.join(", ")}.`;
      return [{ source, at, signals: [problem("unread", summary, affected)] }];
    }
  };
};
