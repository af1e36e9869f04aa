// Prints what became of the mutants in a report of dotnet-stryker: a line for each file, and one for each mutant that no test noticed.
import { readFileSync } from "node:fs";

const files = Object.entries(JSON.parse(readFileSync(process.argv[2])).files).sort();
const count = (mutants, ...statuses) => mutants.filter((m) => statuses.includes(m.status)).length;
const line = (name, mutants) => {
    const found = count(mutants, "Killed", "Timeout"), missed = count(mutants, "Survived", "NoCoverage");
    if (found + missed > 0) console.log(`${((100 * found) / (found + missed)).toFixed(1).padStart(5)} %  ${`${found} of ${found + missed}`.padEnd(12)} ${name}`);
};

for (const [name, { source, mutants }] of files) {
    const lines = source.split("\n");
    for (const { status, location, replacement, mutatorName } of mutants.filter((m) => m.status === "Survived" || m.status === "NoCoverage")) {
        const { start, end } = location;
        const was = start.line === end.line ? lines[start.line - 1].slice(start.column - 1, end.column - 1) : lines[start.line - 1].slice(start.column - 1) + " …";
        const now = (replacement ?? mutatorName).replace(/\s+/g, " ").slice(0, 100);
        console.log(`${name.replace(/^.*\/src\//, "")}:${start.line}  ${was.trim().slice(0, 100)}  ->  ${now || "nothing"}${status === "NoCoverage" ? "  (no test comes here)" : ""}`);
    }
}
console.log();
for (const [name, { mutants }] of files) line(name.replace(/^.*\/src\//, ""), mutants);
line("all", files.flatMap(([, { mutants }]) => mutants));
