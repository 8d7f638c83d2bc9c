import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { callerCheckIntervalMs } from "#shared/account/caller/limits.ts";
import { revalidateCaller } from "#shared/account/caller/revalidateCaller.ts";
import { emptyTeam, type Team } from "#shared/account/team/team.ts";
import { tokenCacheMs } from "#shared/account/token/limits.ts";
import { hashToken } from "#shared/account/token/token.ts";
import { Failure } from "#shared/platform/failure.ts";
import { memoryAccounts } from "../../../memory/account/accounts.ts";
import { memoryTeams } from "../../../memory/account/teams.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const owner = { username: "a@b.c", fleet: "f1", passwordHash: "", createdAt: "" };
const member = { username: "m@b.c", fleet: "f2", passwordHash: "", createdAt: "" };
const product = {
  id: 123_456_789,
  name: "Lamp",
  description: "",
  platformId: 0,
  owner: owner.username,
  fleet: "p1",
  createdAt: "",
};

const team: Team = {
  ...emptyTeam(product.id),
  members: [
    {
      username: member.username,
      fleet: member.fleet,
      role: "support",
      since: "",
      invitedBy: owner.username,
    },
  ],
  revision: 1,
};

const row = (text: string, { username, fleet }: typeof owner) => ({
  hash: hashToken(text),
  username,
  fleet,
  client: "particle",
  createdAt: "",
});

type World = Awaited<ReturnType<typeof world>>;

const world = async () => {
  const accounts = memoryAccounts();
  const teams = memoryTeams();
  for (const user of [owner, member]) await accounts.addUser(user, { replace: false });
  await accounts.addProduct(product);
  const token = async (text: string, user: typeof owner, expiresAt?: number) => {
    await accounts.addToken({ ...row(text, user), ...(expiresAt && { expiresAt }) });
    return text;
  };
  const findToken = vi.spyOn(accounts, "findToken");
  const know = authenticateCaller({ accounts, teams, now: Date.now });
  const onRefused = vi.fn();
  const onError = vi.fn();
  const open = async (text: string, named?: string) => {
    const request = { token: text, product: named, access: "events:get" as const };
    await know(request);
    return revalidateCaller(request, know, { onRefused, onError });
  };
  return { accounts, teams, token, findToken, onRefused, onError, open };
};

/** Longest time from the change until the stream ends. */
const endsMs = callerCheckIntervalMs + tokenCacheMs;

it("continues while the token is valid, with at most one read per period", async () => {
  const { token, findToken, onRefused, open } = await world();
  const text = await token("t", owner);
  const stops = [await open(text), await open(text), await open(text)];
  await vi.advanceTimersByTimeAsync(10 * callerCheckIntervalMs);
  expect(onRefused).not.toHaveBeenCalled();
  expect(findToken.mock.calls.length).toBeLessThanOrEqual(11);
  for (const stop of stops) stop();
});

it.each([
  [
    "the token is revoked",
    async ({ accounts }: World) => void accounts.removeToken(hashToken("t")),
  ],
  [
    "the user is disabled",
    ({ accounts }: World) => accounts.changeUser(member.username, { disabled: true }),
  ],
  [
    "the member is removed from the product",
    ({ teams }: World) => teams.put({ ...team, members: [], revision: 2 }).then(() => {}),
  ],
  [
    "the token no longer has the scope",
    ({ accounts }: World) => accounts.addToken({ ...row("t", member), scopes: ["devices:list"] }),
  ],
])("ends once when %s", async (_, change) => {
  const it = await world();
  await it.teams.put(team);
  await it.token("t", member);
  await it.open("t", `${product.id}`);
  await vi.advanceTimersByTimeAsync(callerCheckIntervalMs);
  expect(it.onRefused).not.toHaveBeenCalled();
  await change(it);
  await vi.advanceTimersByTimeAsync(endsMs);
  expect(it.onRefused).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(10 * callerCheckIntervalMs);
  expect(it.onRefused).toHaveBeenCalledOnce();
});

it("ends when the token expires", async () => {
  const { token, onRefused, open } = await world();
  await token("t", owner, Date.now() + callerCheckIntervalMs + 1);
  await open("t");
  await vi.advanceTimersByTimeAsync(callerCheckIntervalMs);
  expect(onRefused).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(callerCheckIntervalMs);
  expect(onRefused).toHaveBeenCalledOnce();
});

it("continues while the table is unavailable, and ends when the table is available again and the token is missing", async () => {
  const { accounts, token, findToken, onRefused, onError, open } = await world();
  await token("t", owner);
  await open("t");
  findToken.mockRejectedValue(new Error("throttled"));
  await vi.advanceTimersByTimeAsync(3 * callerCheckIntervalMs);
  expect(onError).toHaveBeenCalledTimes(3);
  findToken.mockRejectedValue(new Failure("busy", { code: "unavailable" }));
  await vi.advanceTimersByTimeAsync(callerCheckIntervalMs);
  expect(onError).toHaveBeenCalledTimes(4);
  expect(onRefused).not.toHaveBeenCalled();
  await accounts.removeToken(hashToken("t"));
  findToken.mockRestore();
  await vi.advanceTimersByTimeAsync(callerCheckIntervalMs);
  expect(onRefused).toHaveBeenCalledOnce();
});

it("reports nothing after a stop, also during a check", async () => {
  const { token, findToken, onRefused, open } = await world();
  await token("t", owner);
  const stop = await open("t");
  const reading = Promise.withResolvers<undefined>();
  findToken.mockReturnValue(reading.promise);
  await vi.advanceTimersByTimeAsync(callerCheckIntervalMs);
  stop();
  reading.resolve(undefined);
  await vi.advanceTimersByTimeAsync(callerCheckIntervalMs);
  expect(onRefused).not.toHaveBeenCalled();
});
