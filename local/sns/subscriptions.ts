import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { writeFileAtomically } from "../state/atomicWrite.ts";
import { readStateFile } from "../state/stateFile.ts";
import { invalidParameter, snsFailure } from "./errors.ts";
import { subscriptionsMax, tokenMsMax } from "./limits.ts";
import {
  endpointProblem,
  type NewSubscription,
  needsConfirmation,
  type Subscription,
  subscription,
} from "./subscription.ts";

/** The subscriptions of a region's topics, kept in a file. */
export interface Subscriptions {
  /** Those of a topic, in the order of their creation. */
  of(topicArn: string): readonly Subscription[];
  find(arn: string): Subscription | undefined;
  /**
   * Adds a subscription, or returns the one of the same topic, protocol and endpoint. Fails with an
   * error of SNS when the endpoint is invalid or there are too many.
   */
  add(given: NewSubscription): Promise<Subscription>;
  /** Confirms the subscription with this token. Fails with an error of SNS for any other one. */
  confirm(topicArn: string, token: string): Promise<Subscription>;
  remove(arn: string): Promise<void>;
  /** Removes the subscriptions that no template has any more, and those of removed topics. */
  removeStale(topics: ReadonlySet<string>): Promise<void>;
}

const file = z.strictObject({ subscriptions: z.array(subscription) });

/** Opens the subscriptions of a folder. */
export const openSubscriptions = async (folder: string): Promise<Subscriptions> => {
  const path = join(folder, "subscriptions.json");
  const stored = await readStateFile(path, file);
  const all = new Map((stored?.subscriptions ?? []).map((each) => [each.arn, each]));
  /** Those that a template of this start has. */
  const ofTemplates = new Set<string>();
  const save = () =>
    writeFileAtomically(path, JSON.stringify({ subscriptions: [...all.values()] }));
  const put = async (changed: Subscription): Promise<Subscription> => {
    all.set(changed.arn, changed);
    await save();
    return changed;
  };

  const add = async (given: NewSubscription): Promise<Subscription> => {
    const problem = endpointProblem(given);
    if (problem !== undefined) throw invalidParameter(problem);
    const { topicArn, protocol, endpoint } = given;
    const known = [...all.values()].find(
      (each) =>
        each.topicArn === topicArn && each.protocol === protocol && each.endpoint === endpoint,
    );
    if (known === undefined && all.size >= subscriptionsMax) {
      throw snsFailure("SubscriptionLimitExceeded", "Subscription limit exceeded.", 403);
    }
    const isKept = known !== undefined && !given.isOfTemplate;
    const isPending = known === undefined ? needsConfirmation(protocol) : "token" in known;
    const made: Subscription = {
      ...(isKept ? known : given),
      arn: known?.arn ?? `${topicArn}:${randomUUID()}`,
      // A repeated request gets a new token.
      ...(isPending && { token: randomBytes(64).toString("hex"), tokenAt: Date.now() }),
    };
    return await put(made);
  };
  return {
    of: (topicArn) => [...all.values()].filter((each) => each.topicArn === topicArn),
    find: (arn) => all.get(arn),
    async add(given) {
      const made = await add(given);
      if (given.isOfTemplate) ofTemplates.add(made.arn);
      return made;
    },
    async confirm(topicArn, token) {
      const found = [...all.values()].find(
        (each) => each.topicArn === topicArn && each.token === token,
      );
      const isValid = found !== undefined && Date.now() - (found.tokenAt ?? 0) < tokenMsMax;
      if (!isValid) throw invalidParameter("Token");
      const { token: _token, tokenAt: _tokenAt, ...confirmed } = found;
      return await put(confirmed);
    },
    async remove(arn) {
      if (all.delete(arn)) await save();
    },
    async removeStale(topics) {
      const stale = [...all.values()].filter(
        ({ arn, topicArn, isOfTemplate }) =>
          !topics.has(topicArn) || (isOfTemplate && !ofTemplates.has(arn)),
      );
      for (const { arn } of stale) all.delete(arn);
      if (stale.length > 0) await save();
    },
  };
};
