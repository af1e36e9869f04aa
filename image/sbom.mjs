// A bill of materials (CycloneDX 1.5) of what is really in the image: sbom.mjs PACKAGES CONTENTS STAGE VERSION
// Debian's packages by name and version; our own programs, the engine's libraries and the model by their hashes.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const [packages, contents, stage, version] = process.argv.slice(2);
const present = new Set(readFileSync(contents, "utf8").split("\n").flatMap((line) => line.match(/\.?\/?usr\/share\/doc\/([^/]+)\/copyright/)?.[1] ?? []));
const files = (folder) => readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : entry.isFile() ? [join(folder, entry.name)] : []));

const debian = readFileSync(packages, "utf8").trim().split("\n").map((line) => {
    const [name, of] = line.split("=");
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(of)}?arch=amd64&distro=trixie`;
    return { type: "library", "bom-ref": purl, name, version: of, purl, properties: [{ name: "edgebox:documented", value: String(present.has(name)) }] };
});
const own = ["usr/lib/edgebox", "usr/share/edgebox"].flatMap((folder) => files(join(stage, folder))).map((file) => ({
    type: "file",
    "bom-ref": relative(stage, file),
    name: relative(stage, file),
    version,
    hashes: [{ alg: "SHA-256", content: createHash("sha256").update(readFileSync(file)).digest("hex") }],
    properties: [{ name: "edgebox:bytes", value: String(statSync(file).size) }],
}));
console.log(JSON.stringify({
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
        timestamp: new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString(),
        component: { type: "operating-system", "bom-ref": "edgebox-image", name: "edgebox-image", version },
    },
    components: [...debian, ...own],
}, null, 1));
