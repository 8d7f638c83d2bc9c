import { describe } from "vitest";
import { runSeeds } from "./runSeeds.ts";

describe("the pipeline, simulated with one half of the seeds", () => runSeeds(0));
