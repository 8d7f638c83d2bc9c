import { updateReport } from "../../release/model/updateReport.ts";
import { blockBytesMax } from "../../release/protocol/limits.ts";
import { updateRequests } from "../../release/protocol/updateMessage.ts";
import type { Message } from "./channel.ts";
import { describe } from "./describe.ts";
import { received } from "./received.ts";

const release = "0lq3x8k2f0a1b2c3d4e5";

/** The messages of a device about updates, and the blocks of images, by name. */
export const updateMessages = {
  updateReport: {
    summary: "What the device does about an update, or why it does nothing.",
    payload: { oneOf: updateReport.def.options.map((option) => received(option)) },
    examples: [
      { payload: { release, state: "accepted" } },
      { payload: { release, state: "downloading", offset: 65_536 } },
      { payload: { release, state: "deferred", until: 1_795_176_000_000, reason: "busy" } },
      { payload: { release, state: "unavailable", status: 503 } },
      { payload: { release, state: "failed", error: "wrong_hash", message: "9f86…" } },
    ],
  },
  urlRequest: {
    summary: "Send the command `update` again, with a fresh URL.",
    payload: received(updateRequests.url),
    examples: [{ payload: { request: "url", release } }],
  },
  blockRequest: {
    summary: "Send a part of the image.",
    payload: describe(received(updateRequests.block), {
      offset: "The first byte.",
      length: `At most ${blockBytesMax} bytes are sent.`,
    }),
    examples: [{ payload: { request: "block", release, offset: 8_192, length: 8_192 } }],
  },
  block: {
    summary:
      "A part of an image: one line of JSON with `release`, `offset`, `length` and the `size` of the image, a line feed, and `length` bytes. `length` is 0 after the end of the image.",
    contentType: "application/octet-stream",
    payload: { type: "string" },
    examples: [{ payload: `{"release":"${release}","offset":0,"length":5,"size":262144}\nbytes` }],
  },
} as const satisfies Record<string, Message>;
