import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../support/fakeApi.ts";
import { newFolder, runCommand } from "../support/runCommand.ts";

const issued = { token_type: "bearer", access_token: "issued", expires_in: 60, refresh_token: "r" };
const needsCode = {
  status: 403,
  body: { error: "mfa_required", error_description: "needs a second factor", mfa_token: "half" },
};

/** An API with a user whose password is right and, on request, a second factor. */
const account = (hasSecondFactor = false) =>
  fakeApi({
    "POST /oauth/token": ({ body }) => {
      const { grant_type: grant, password, otp } = body as Record<string, string>;
      if (grant === "password" && password !== "right") {
        return {
          status: 400,
          body: { error: "invalid_grant", error_description: "Wrong password" },
        };
      }
      if (grant === "password") return hasSecondFactor ? needsCode : { body: issued };
      return otp === "123456"
        ? { body: issued }
        : { status: 400, body: { error: "invalid_grant", error_description: "Wrong code" } };
    },
    "GET /v1/access_tokens/current": { body: { expires_at: null } },
    "GET /v1/user": { body: { username: "ada" } },
    "DELETE /v1/access_tokens/current": { body: { ok: true } },
  });

const stored = async (folder: string) =>
  JSON.parse(await readFile(join(folder, "godwit/credentials.json"), "utf8"));

describe("login", () => {
  it("reads name and password from a pipe, stores the token, and later commands use it", async () => {
    const { api, asked } = await account();
    const environment = { XDG_CONFIG_HOME: newFolder() };
    const done = await runCommand(["login", "--api", api], { environment, typed: "ada\nright\n" });
    expect(done.exit).toBe(0);
    expect(asked[0]?.body).toMatchObject({
      username: "ada",
      password: "right",
      client_id: "godwit",
    });
    await runCommand(["devices", "list"], { environment });
    expect(asked.at(-1)).toMatchObject({ path: "/v1/devices", token: "issued" });
    expect(done.stdout + done.stderr).not.toContain("issued");
    expect(done.stdout + done.stderr).not.toContain("right");
  });

  it("does not echo the password of a person, and asks for the second factor until it is right", async () => {
    const { api } = await account(true);
    const done = await runCommand(["login", "--api", api, "--username", "ada"], {
      isTerminal: true,
      typed: "right\r000000\r123456\r",
    });
    expect(done.exit).toBe(0);
    expect(done.stderr).toContain("Password: ");
    expect(done.stderr).toContain("Wrong code");
    expect(done.stdout + done.stderr).not.toContain("right");
  });

  it("takes the one-time password as an option", async () => {
    const { api } = await account(true);
    const args = ["login", "--api", api, "--username", "ada", "--otp"];
    expect((await runCommand([...args, "123456"], { typed: "right\n" })).exit).toBe(0);
    expect((await runCommand([...args, "000000"], { typed: "right\n" })).exit).toBe(3);
  });

  it("ends with the status of a missing log-in for a wrong password, and stores nothing", async () => {
    const { api } = await account();
    const folder = newFolder();
    const done = await runCommand(["login", "--api", api], {
      environment: { XDG_CONFIG_HOME: folder },
      typed: "ada\nwrong\n",
    });
    expect(done).toMatchObject({ exit: 3, stderr: expect.stringContaining("Wrong password") });
    await expect(stored(folder)).rejects.toThrow();
  });

  it("ends when standard input has no answer", async () => {
    const { api } = await account();
    expect(await runCommand(["login", "--api", api], { typed: "ada\n" })).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining("No answer"),
    });
  });

  it("stores a given token after the API has accepted it, and never revokes it", async () => {
    const { api, asked } = await account();
    const folder = newFolder();
    const environment = { XDG_CONFIG_HOME: folder };
    await runCommand(["login", "--api", api, "--token", "-"], { environment, typed: "given\n" });
    expect(asked[0]?.token).toBe("given");
    expect((await stored(folder)).logins[api]).toEqual({
      token: "given",
      username: "ada",
      isOwn: false,
    });
    await runCommand(["logout"], { environment });
    expect(asked.some(({ method }) => method === "DELETE")).toBe(false);
    expect((await stored(folder)).logins).toEqual({});
  });

  it("revokes its own token at the next log-in and at the log-out", async () => {
    const { api, asked } = await account();
    const environment = { XDG_CONFIG_HOME: newFolder() };
    await runCommand(["login", "--api", api], { environment, typed: "ada\nright\n" });
    await runCommand(["login", "--api", api, "--token", "other"], { environment });
    expect(asked.filter(({ method }) => method === "DELETE").map(({ token }) => token)).toEqual([
      "issued",
    ]);
    await runCommand(["login", "--api", api], { environment, typed: "ada\nright\n" });
    const done = await runCommand(["logout"], { environment });
    expect(done.stdout).toContain('"revoked":true');
    expect((await runCommand(["devices", "list"], { environment })).exit).toBe(3);
  });

  it("is refused with options that contradict", async () => {
    const done = await runCommand(["login", "--token", "x", "--otp", "1"]);
    expect(done).toMatchObject({ exit: 2, stderr: expect.stringContaining("cannot be combined") });
  });
});
