import { godwit } from "./godwit.ts";

godwit();
