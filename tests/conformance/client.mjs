// One file by tus-js-client, as JSON on stdin says:
//   {endpoint, file, headers, metadata, chunkSize, abortAt?, uploadUrl?, retryDelays?}
// Prints a line "at N" with each progress, and at the end one line of JSON: {url, done, error}.
import fs from "node:fs";
import * as tus from "tus-js-client";

const asked = JSON.parse(fs.readFileSync(0, "utf8"));
const size = fs.statSync(asked.file).size;
const end = (result) => {
  console.log(JSON.stringify({ url: upload.url, done: false, error: "", ...result }));
  process.exit(0);
};
const upload = new tus.Upload(fs.createReadStream(asked.file), {
  endpoint: asked.endpoint,
  uploadUrl: asked.uploadUrl ?? null,
  uploadSize: size,
  chunkSize: asked.chunkSize ?? size,
  headers: asked.headers,
  metadata: asked.metadata,
  retryDelays: asked.retryDelays ?? null,
  uploadDataDuringCreation: asked.uploadDataDuringCreation ?? false,
  onProgress: async (sent) => {
    console.log(`at ${sent}`);
    if (asked.abortAt && sent >= asked.abortAt) {
      delete asked.abortAt;
      await upload.abort();
      end({});
    }
  },
  onSuccess: () => end({ done: true }),
  onError: (error) => end({ error: String(error) }),
});
upload.start();
