import { describe, expect, it } from "vitest";
import * as z from "zod";
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
    await expect(handler(event)).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining(named),
    });
    expect(done).toEqual([]);
  });
});
