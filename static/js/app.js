// The only script a page names. New behaviour: a file of its own, one line in modules.js.
import "./modules.js";
import { scan } from "./registry.js";

scan(document);
