import * as z from "zod/mini";
import { route } from "./route.ts";

/** The path of the console, below the address of the API. */
export const consolePath = "/console";

/** Longest path of a screen; longer ones have no screen. */
const pathCharsMax = 1_000;

/**
 * Files, which are streamed because they are compressed: API Gateway passes bytes through only in a
 * streamed response.
 */
const file = {
  method: "GET",
  access: "everyone",
  replies: { 200: z.string() },
  errors: ["not_found"],
  stream: true,
} as const;

const page = "<!doctype html><html><head><title>Godwit</title></head></html>";

/** The operations of the function `console`: the files of the web console. */
export const consoleRoutes = {
  openConsole: route({
    ...file,
    path: consolePath,
    summary: "Open the web console",
    input: z.object({}),
    example: { input: {}, reply: page },
  }),
  openScreen: route({
    ...file,
    path: `${consolePath}/{path+}`,
    summary: "Open a screen of the web console, or one of its files",
    input: z.object({ path: z.string().check(z.maxLength(pathCharsMax)) }),
    example: { input: { path: "devices" }, reply: page },
  }),
};
