import { describe, expect, it } from "vitest";
import * as z from "zod";
import { Failure } from "#shared/platform/failure.ts";
import { answer, oneRequest } from "../../../functions/edge/oneRequest.ts";

const asked = () => {
  const done: string[] = [];
  const note = answer(z.strictObject({ name: z.string() }), async ({ name }) => {
    done.push(name);
    return { name };
  });
  return { done, handler: oneRequest({ addUser: note, addToken: note }) };
};

describe("a function with one request per invocation", () => {
  it("returns the response", async () => {
    const { handler } = asked();
    expect(await handler({ addUser: { name: "ada" } })).toEqual({ name: "ada" });
  });

  it.each([
    [{ addUser: { name: "a" }, addToken: { name: "b" } }, "addUser, addToken"],
    [{ addUser: { name: "a" }, other: null }, "addUser, other"],
    [{ addUser: { name: "a" }, addToken: null }, "addUser, addToken"],
    [{ other: {} }, "other"],
    [{}, "addUser, addToken"],
    [{ addUser: { nam: "a" } }, "nam"],
    [{ addUser: null }, ""],
    ["addUser", ""],
    [undefined, ""],
  ])("refuses %j with the names of the requests, and runs none", async (event, named) => {
    const { handler, done } = asked();
    expect(await handler(event)).toEqual({
      failure: { code: "invalid_request", message: expect.stringContaining(named) },
    });
    expect(done).toEqual([]);
  });

  it("answers a refused request, because an error of a function pages", async () => {
    const refuse = answer(z.object({}), async () => {
      throw new Failure("there is no page p1", { code: "not_found" });
    });
    expect(await oneRequest({ refuse })({ refuse: {} })).toEqual({
      failure: { code: "not_found", message: "there is no page p1" },
    });
  });

  it.each([
    new Failure("the tables do not respond", { code: "unavailable" }),
    new TypeError("a bug"),
  ])("fails with a fault of the cloud: %s", async (fault) => {
    const fail = answer(z.object({}), async () => {
      throw fault;
    });
    await expect(oneRequest({ fail })({ fail: {} })).rejects.toBe(fault);
  });
});
