import { describe } from "vitest";
import { runSeeds } from "./runSeeds.ts";

describe("the simulated pipeline, second half of the seeds", () => runSeeds(1));
