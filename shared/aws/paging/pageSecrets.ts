import * as z from "zod/mini";
import { secretsCachedMs } from "../../paging/limits.ts";
import type { PageSecrets } from "../../paging/pageSecrets.ts";
import { openJsonCaller } from "../call/jsonCaller.ts";
import { standardRetry } from "../platform/clients.ts";

const reply = z.object({ Parameters: z.array(z.object({ Name: z.string(), Value: z.string() })) });

/** Maximum names of one request. */
const namesMax = 10;

/**
 * SecureStrings in Systems Manager of this region. Values are cached, and used longer while the
 * service does not respond.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
 */
export const ssmPageSecrets = (
  now: () => number,
  onError: (what: string, error: unknown) => void,
): PageSecrets => {
  const call = openJsonCaller({ name: "ssm", target: "AmazonSSM", version: "1.1" }, standardRetry);
  const cached = new Map<string, { value: string; readAt: number }>();
  const isFresh = (name: string): boolean =>
    now() - (cached.get(name)?.readAt ?? Number.NEGATIVE_INFINITY) < secretsCachedMs;
  const read = async (Names: readonly string[]): Promise<void> => {
    const { Parameters } = reply.parse(
      await call("GetParameters", { Names, WithDecryption: true }),
    );
    for (const name of Names) cached.delete(name);
    for (const { Name, Value } of Parameters) cached.set(Name, { value: Value, readAt: now() });
  };
  return {
    async read(names) {
      const missing = names.filter((name) => !isFresh(name));
      for (let from = 0; from < missing.length; from += namesMax) {
        try {
          await read(missing.slice(from, from + namesMax));
        } catch (error) {
          if (missing.some((name) => !cached.has(name))) throw error;
          onError("secrets of receivers were not read", error);
        }
      }
      return new Map(
        names.flatMap((name): [string, string][] => {
          const known = cached.get(name);
          return known === undefined ? [] : [[name, known.value]];
        }),
      );
    },
  };
};
