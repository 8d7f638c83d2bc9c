import { describe, expect, it } from "vitest";
import { UploadedFile } from "#shared/input/uploadedFile.ts";
import { readRequest } from "../../../../functions/edge/http/request.ts";
import { httpEvent } from "./httpEvent.ts";

const fieldsOf = (event: Parameters<typeof readRequest>[0]) => readRequest(event).fields;

/** The event of a request with a `FormData` body. */
const sent = async (parts: Record<string, string | Blob>) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(parts)) form.append(name, value);
  const response = new Response(form);
  return {
    body: await response.text(),
    headers: { "Content-Type": response.headers.get("content-type")! },
  };
};

const read = (body: string, contentType: string) =>
  fieldsOf(httpEvent({ body, headers: { "content-type": contentType } }));

const invalid = expect.objectContaining({ code: "invalid_request", status: 400 });

describe("a multipart form", () => {
  it("is parsed by the names of its parts, including files", async () => {
    const file = "0123\r\n\r\n4567\n--x\n";
    const form = await sent({ file: new File([file], "a; name=b.txt"), version: "é=1", e: "" });
    expect(fieldsOf(httpEvent(form))).toEqual({ file, version: "é=1", e: "" });
  });

  it("has nested fields like other forms, and cannot modify a prototype", async () => {
    const form = await sent({ "a[b]": "1", __proto__x: "2" });
    expect(fieldsOf(httpEvent(form))).toEqual({ a: { b: "1" }, __proto__x: "2" });
    const bad = await sent({ "c[__proto__][d]": "3" });
    expect(() => fieldsOf(httpEvent(bad))).toThrow(invalid);
    expect(({} as Record<string, unknown>).d).toBeUndefined();
  });

  it("can have a preamble, an epilogue, a quoted boundary and an unquoted name", () => {
    const part = "content-disposition: form-data; name=a\r\ncontent-type: text/plain\r\n\r\n1";
    const body = `preamble\r\n--b c\r\n${part}\r\n--b c--\r\nepilogue`;
    expect(read(body, 'multipart/form-data; charset=utf-8; boundary="b c"')).toEqual({ a: "1" });
  });

  it("may end its lines without a carriage return", () => {
    const body = '--b\nContent-Disposition: form-data; name="a"\n\n1\n2\n--b--\n';
    expect(read(body, "multipart/form-data; boundary=b")).toEqual({ a: "1\n2" });
  });

  it("has values with lines that begin like a delimiter", () => {
    const body = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n--bc\r\n--b-\r\n--b--';
    expect(read(body, "multipart/form-data; boundary=b")).toEqual({ a: "--bc\r\n--b-" });
  });

  it("can name a part after its file, and escape quotes", () => {
    const head = 'content-disposition: form-data; filename="x; name=y"; name="a\\"b"';
    const body = `--b.*(\r\n${head}\r\n\r\n1\r\n--b.*(--`;
    expect(read(body, "multipart/form-data; boundary=b.*(")).toEqual({ 'a"b': "1" });
  });

  it("has the bytes of a file unchanged, on a route for files", async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000 }, (_, i) => (i * 7) % 256));
    const file = Buffer.concat([Buffer.from("\r\n--x\r"), bytes, Buffer.from("\r\n\r")]);
    const form = new FormData();
    form.append("version", "é");
    form.append("file", new File([file], "größe.bin"));
    const response = new Response(form);
    const event = httpEvent({
      body: Buffer.from(await response.arrayBuffer()).toString("base64"),
      isBase64Encoded: true,
      headers: { "content-type": response.headers.get("content-type") ?? "" },
    });
    const upload = { file: "file", bytesMax: 10_000 };
    const { fields } = readRequest(event, { upload });
    expect(fields.version).toBe("é");
    expect(fields.file).toEqual(new UploadedFile(file, "größe.bin"));
    const large = expect.objectContaining({ code: "too_large", status: 413 });
    expect(() => readRequest(event, { upload: { ...upload, bytesMax: 3_000 } })).toThrow(large);
  });

  it("may have a file once", () => {
    const part = 'content-disposition: form-data; name="file"; filename="a"\r\n\r\n1';
    const body = `--b\r\n${part}\r\n--b\r\n${part}\r\n--b--`;
    const event = httpEvent({
      body,
      headers: { "content-type": "multipart/form-data; boundary=b" },
    });
    expect(() => readRequest(event, { upload: { file: "file", bytesMax: 1_000 } })).toThrow(
      invalid,
    );
  });

  it.each([
    ["no boundary", "--b\r\n\r\n\r\n--b--", "multipart/form-data"],
    ["no parts", "a=1", "multipart/form-data; boundary=b"],
    [
      "no end",
      '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1',
      "multipart/form-data; boundary=b",
    ],
    [
      "a part without a name",
      "--b\r\ncontent-disposition: form-data\r\n\r\n1\r\n--b--",
      "multipart/form-data; boundary=b",
    ],
    ["a part without headers", "--b\r\n1\r\n--b--", "multipart/form-data; boundary=b"],
  ])("is refused with %s", (_, body, type) => {
    expect(() => read(body, type)).toThrow(invalid);
  });
});
