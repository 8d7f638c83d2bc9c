import { describe, expect, it, vi } from "vitest";
import { payloadBytesMax, streamWindowBytes } from "../../../local/lambda/limits.ts";
import { deploy } from "./deploy.ts";
import { sink } from "./sink.ts";

const streaming = (body: string): string =>
  `import { once } from "node:events";
   export const handler = awslambda.streamifyResponse(async (event, stream, context) => { ${body} });`;

describe("a streamed response", () => {
  it("arrives in the chunks that the function wrote", async () => {
    const { lambda, name } = await deploy(
      streaming("stream.write('a'); stream.write('b'); stream.write({ c: 1 }); stream.end('d');"),
    );
    const to = sink();
    await lambda.invokeForStream(name, {}, to);
    expect(to.pieces).toEqual(["a", "b", '{"c":1}', "d"]);
  });

  it("starts with the prelude of an HTTP response, once", async () => {
    const { lambda, name } = await deploy(
      streaming(`const out = awslambda.HttpResponseStream.from(stream, { statusCode: 201 });
                 out.write('a'); out.write('b'); out.end();`),
    );
    const to = sink();
    await lambda.invokeForStream(name, {}, to);
    expect(to.pieces).toEqual(['{"statusCode":201}', "\0".repeat(8), "a", "b"]);
  });

  it("has no prelude when the function only calls end, as on Lambda", async () => {
    const { lambda, name } = await deploy(
      streaming("awslambda.HttpResponseStream.from(stream, { statusCode: 201 }).end('a');"),
    );
    const to = sink();
    await lambda.invokeForStream(name, {}, to);
    expect(to.pieces).toEqual(["a"]);
  });

  it("applies backpressure", async () => {
    const pieceBytes = 16_384;
    const { lambda, name } = await deploy(
      streaming(
        `for (let i = 0; i < 100; i += 1) stream.write("x".repeat(${pieceBytes})); stream.end();`,
      ),
    );
    const to = sink(() => new Promise((resolve) => setImmediate(resolve)));
    await lambda.invokeForStream(name, {}, to);
    expect(to.pieces).toHaveLength(100);
    expect(to.untakenBytesMax()).toBeLessThan(streamWindowBytes + pieceBytes);
  });

  it("pauses a function that respects backpressure", async () => {
    const { lambda, name, logged } = await deploy(
      streaming(`while (stream.write("x".repeat(10_000)));
                 console.log("full"); await once(stream, "drain"); stream.end("last");`),
    );
    const take = Promise.withResolvers<void>();
    const to = sink(() => take.promise);
    const whole = lambda.invokeForStream(name, {}, to);
    await vi.waitFor(() => expect(logged).toMatchObject([{ fields: { line: "full" } }]));
    expect(to.pieces).not.toContain("last");
    take.resolve();
    await whole;
    expect(to.pieces).toContain("last");
  });

  it("goes on when its reader disconnects: the function is not told, and is billed", async () => {
    const ms = 300;
    const { lambda, name, logged } = await deploy(
      streaming(`
        let isClosed = false;
        stream.on("close", () => { isClosed = true; });
        stream.on("error", () => { isClosed = true; });
        const piece = "x".repeat(${payloadBytesMax / 64});
        const ends = Date.now() + ${ms};
        while (Date.now() < ends) {
          // A reader that has left takes everything.
          if (!stream.write(piece)) await once(stream, "drain");
          await new Promise((go) => setTimeout(go, 1));
        }
        console.log(isClosed ? "was told" : "was not told");
        stream.end();`),
    );
    const to = sink();
    const whole = lambda.invokeForStream(name, {}, to);
    await vi.waitFor(() => expect(to.pieces).not.toHaveLength(0));
    to.leave();
    await whole;
    expect(logged).toMatchObject([{ fields: { line: "was not told" } }]);
    expect(lambda.usage()[name]).toMatchObject({ inits: 1, invocations: 1, errors: 0 });
    expect(lambda.usage()[name]?.durationMs).toBeGreaterThanOrEqual(ms);
  });

  it("arrives while the function still writes, and does not delay a stop of the local cloud", async () => {
    const { lambda, name } = await deploy(
      streaming("stream.write('begun'); await once(stream, 'close');"),
    );
    const to = sink();
    const whole = lambda.invokeForStream(name, {}, to);
    await vi.waitFor(() => expect(to.pieces).toEqual(["begun"]));
    await lambda.stop();
    await whole;
  });

  it("is aborted when the function fails", async () => {
    const { lambda, name } = await deploy(
      streaming("stream.write('begun'); throw new Error('no more');"),
    );
    const to = sink();
    await expect(lambda.invokeForStream(name, {}, to)).rejects.toThrow("no more");
    expect(to.pieces).toEqual(["begun"]);
  });

  it("fails when the function returns without ending it", async () => {
    const { lambda, name } = await deploy(streaming("stream.write('begun');"));
    await expect(lambda.invokeForStream(name, {}, sink())).rejects.toThrow(
      "Response stream is not finished.",
    );
    await expect(lambda.invokeForStream(name, {}, sink())).rejects.toThrow("not finished");
  });

  it("is aborted by the function's timeout", async () => {
    const { lambda, name } = await deploy(
      streaming("stream.write('begun'); await new Promise(() => {});"),
      { properties: { Timeout: 1 } },
    );
    await expect(lambda.invokeForStream(name, {}, sink())).rejects.toThrow("timed out");
  });

  it("can be buffered, up to the maximum response size", async () => {
    const { lambda, name } = await deploy(
      streaming("stream.write('\"' + 'x'.repeat(event.length)); stream.end('\"');"),
    );
    expect(await lambda.invoke(name, { length: 3 })).toBe("xxx");
    await expect(lambda.invoke(name, { length: payloadBytesMax })).rejects.toMatchObject({
      report: { errorType: "Function.ResponseSizeTooLarge" },
    });
  });
});

it("a buffered response reaches a stream reader as one chunk", async () => {
  const { lambda, name } = await deploy("export const handler = async () => ({ a: 1 });");
  const to = sink();
  await lambda.invokeForStream(name, {}, to);
  expect(to.pieces).toEqual(['{"a":1}']);
});
