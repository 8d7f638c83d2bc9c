import { describe, expect, it } from "vitest";
import {
  confirmInput,
  confirmSecondFactor,
  disableSecondFactor,
  startSecondFactor,
} from "#shared/account/mfa/enableSecondFactor.ts";
import { mfaTokenMinutes, recoveryCodesMax } from "#shared/account/mfa/limits.ts";
import { base32, findTotpStep, fromBase32, totpAt, totpStep } from "#shared/account/mfa/totp.ts";
import { otpAttemptsMax, otpIntervalSeconds } from "#shared/account/verify/limits.ts";
import { accountsWorld, address, password, username } from "../world.ts";

const invalid = { code: "invalid_grant", status: 400 };
const stepMs = 30_000;

/** A user who has enabled the second factor. */
const world = async () => {
  const made = await accountsWorld();
  const { deps, clock, enter } = made;
  const { mfaToken, uri, secret } = await startSecondFactor(username, deps);
  const otp = () => totpAt(secret, totpStep(clock.ms));
  const confirm = (given: object = {}) =>
    confirmSecondFactor(
      confirmInput.parse({ mfa_token: mfaToken, otp: otp(), ...given }),
      username,
      deps,
    );
  /** The first step: answers the `mfa_token`. */
  const begin = async (given: object = {}): Promise<string> => {
    const failure = await enter(given).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "mfa_required", status: 403 });
    return (failure as { details: { mfa_token: string } }).details.mfa_token;
  };
  const finish = (mfa_token: string, given: object = {}) =>
    enter({ grant_type: "urn:custom:mfa-otp", mfa_token, otp: otp(), ...given });
  return { ...made, mfaToken, uri, secret, otp, confirm, begin, finish };
};

it("a token of an earlier enrollment gives no further attempts at the enabled factor", async () => {
  const { confirm, deps, clock, begin, finish } = await world();
  const leftover = await startSecondFactor(username, deps);
  await confirm();
  clock.ms += stepMs;
  const mfaToken = await begin();
  const guess = () => finish(mfaToken, { otp: "wrong" });
  for (let i = 0; i <= otpAttemptsMax; i += 1) await expect(guess()).rejects.toMatchObject(invalid);
  const again = { mfa_token: leftover.mfaToken, otp: totpAt(leftover.secret, totpStep(clock.ms)) };
  await expect(
    confirmSecondFactor(confirmInput.parse(again), username, deps),
  ).rejects.toMatchObject({ code: "already_exists" });
  await expect(guess()).rejects.toMatchObject({ code: "too_many_requests" });
});

const enabled = async () => {
  const made = await world();
  const { recoveryCodes } = await made.confirm();
  // The password of the confirmation was used.
  made.clock.ms += stepMs;
  return { ...made, recoveryCodes };
};

it("a log-in completes a secret that lacks the key of a region", async () => {
  const { deps, begin, finish, recoveryCodes, clock } = await enabled();
  const { fleet } = (await deps.accounts.findUser(username))!;
  const { sealedSecret } = (await deps.secondFactors.find(fleet))!;
  const open = deps.secrets.open;
  deps.secrets.complete = async (sealed) => (sealed.endsWith("+eu") ? undefined : `${sealed}+eu`);
  deps.secrets.open = (sealed, context) => open(sealed.replace("+eu", ""), context);
  await finish(await begin());
  expect(await deps.secondFactors.find(fleet)).toMatchObject({
    sealedSecret: `${sealedSecret}+eu`,
  });
  clock.ms += stepMs;
  await finish(await begin());
  await finish(await begin(), { otp: recoveryCodes[0] });
  expect(await deps.secondFactors.find(fleet)).toMatchObject({
    sealedSecret: `${sealedSecret}+eu`,
  });
});

describe("one-time passwords", () => {
  // RFC 6238, appendix B, the last six digits.
  it.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ])("at %i s is %s as in RFC 6238", (seconds, otp) => {
    const secret = base32(Buffer.from("12345678901234567890"));
    expect(totpAt(secret, totpStep(seconds * 1_000))).toBe(otp);
  });

  it("decode the base32 that they encode", () => {
    const bytes = Buffer.from("00ff10deadbeef0123456789abcdef0123456789", "hex");
    expect(Buffer.from(fromBase32(base32(bytes)))).toEqual(bytes);
    expect(base32(Buffer.from("foobar"))).toBe("MZXW6YTBOI");
  });

  it("are valid one step early and one step late, and invalid after a later one was used", () => {
    const secret = base32(Buffer.from("12345678901234567890"));
    const now = 1_000_000 * stepMs;
    for (const [step, found] of [
      [999_998, undefined],
      [999_999, 999_999],
      [1_000_000, 1_000_000],
      [1_000_001, 1_000_001],
      [1_000_002, undefined],
    ] as const) {
      expect(findTotpStep(secret, totpAt(secret, step), { now, after: 0 })).toBe(found);
      expect(findTotpStep(secret, totpAt(secret, step), { now, after: 1_000_001 })).toBeUndefined();
    }
  });
});

describe("a second factor", () => {
  it("is required after its confirmation, not earlier", async () => {
    const { enter, confirm, uri, secret, begin } = await world();
    expect(await enter()).toHaveProperty("access_token");
    expect(uri).toMatch(/^otpauth:\/\/totp\/Godwit:ada%40example\.com\?/);
    expect(new URL(uri).searchParams.get("secret")).toBe(secret);
    await confirm();
    expect(await begin()).toMatch(/^[0-9a-f]{40}$/);
  });

  it("is not confirmed by a wrong one-time password, by another user, or too late", async () => {
    const { confirm, deps, mfaToken, otp, clock } = await world();
    await expect(confirm({ otp: "000000" })).rejects.toMatchObject(invalid);
    await expect(confirm({ mfa_token: "x" })).rejects.toMatchObject(invalid);
    const input = confirmInput.parse({ mfa_token: mfaToken, otp: otp() });
    await expect(confirmSecondFactor(input, "eve", deps)).rejects.toMatchObject(invalid);
    clock.ms += mfaTokenMinutes * 60_000;
    await expect(confirm()).rejects.toMatchObject(invalid);
  });

  it("is not started or confirmed twice", async () => {
    const { deps, confirm } = await enabled();
    await expect(startSecondFactor(username, deps)).rejects.toMatchObject({
      code: "already_exists",
    });
    await expect(confirm()).rejects.toMatchObject(invalid);
  });

  it("revokes all tokens on request", async () => {
    const { enter, deps, confirm, clock } = await world();
    const { access_token } = await enter();
    await deps.tokenCache.lookUp(access_token);
    clock.ms += 1;
    await confirm({ invalidate_tokens: true });
    await expect(deps.tokenCache.lookUp(access_token)).rejects.toMatchObject({
      code: "invalid_token",
    });
  });

  it("accepts a one-time password, with the requested lifetime", async () => {
    const { begin, finish, deps } = await enabled();
    const answer = await finish(await begin({ expires_in: 60 }));
    expect(answer).toMatchObject({ expires_in: 60, refresh_token: expect.any(String) });
    expect(await deps.tokenCache.lookUp(answer.access_token)).toMatchObject({ username });
  });

  it("accepts a one-time password once, also under concurrency", async () => {
    const { begin, finish } = await enabled();
    const [one, two, three] = [await begin(), await begin(), await begin()];
    const asked = await Promise.allSettled([finish(one), finish(two)]);
    expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(finish(three)).rejects.toMatchObject(invalid);
  });

  it("accepts the token of the first step once, from the same client, for some minutes", async () => {
    const { begin, finish, clock } = await enabled();
    const first = await begin();
    const other = { client_id: "particle-api", client_secret: "particle-api" };
    await expect(finish(first, other)).rejects.toMatchObject(invalid);
    await finish(first);
    clock.ms += stepMs;
    await expect(finish(first)).rejects.toMatchObject(invalid);
    const late = await begin();
    clock.ms += mfaTokenMinutes * 60_000;
    await expect(finish(late)).rejects.toMatchObject(invalid);
    await expect(finish("")).rejects.toMatchObject(invalid);
  });

  it("is limited after some wrong one-time passwords, from any address", async () => {
    const { begin, finish, clock } = await enabled();
    const token = await begin();
    for (let i = 0; i <= otpAttemptsMax; i += 1) {
      await expect(finish(token, { otp: "wrong" })).rejects.toMatchObject(invalid);
    }
    await expect(finish(token)).rejects.toMatchObject({ code: "too_many_requests" });
    clock.ms += otpIntervalSeconds * 1_000;
    expect(await finish(token)).toHaveProperty("access_token");
  });

  it("accepts each recovery code once", async () => {
    const { begin, finish, recoveryCodes, deps } = await enabled();
    expect(recoveryCodes).toHaveLength(recoveryCodesMax);
    const [code = ""] = recoveryCodes;
    expect(await finish(await begin(), { otp: code.toUpperCase() })).toHaveProperty("access_token");
    await expect(finish(await begin(), { otp: code })).rejects.toMatchObject(invalid);
    const { fleet } = await deps.accounts.findUser(username).then((user) => user!);
    expect(JSON.stringify(await deps.secondFactors.find(fleet))).not.toContain(code);
  });

  it("is disabled by the correct password only", async () => {
    const { enter, deps } = await enabled();
    const disable = (given: string) =>
      disableSecondFactor({ username, password: given, address }, deps);
    await expect(disable("wrong horse")).rejects.toMatchObject(invalid);
    await disable(password);
    expect(await enter()).toHaveProperty("access_token");
    await expect(disable(password)).rejects.toMatchObject({ code: "not_found" });
  });

  it("does not lock out a user who disables it during a log-in", async () => {
    const { begin, finish, deps } = await enabled();
    const token = await begin();
    await disableSecondFactor({ username, password, address }, deps);
    await expect(finish(token)).rejects.toMatchObject(invalid);
  });
});
