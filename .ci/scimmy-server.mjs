// A SCIM server on the scimmy library, in memory, for `.ci/foreign`: it serves the types of the files
// that `rolecall schema scim` writes and prints its URL, then a line for every request that writes.
//
//     node scimmy-server.mjs TYPES TOKEN USERS [--no-search]
//
// TYPES is the folder of the files, USERS how many users are there from the start. A search only reads;
// without it, its paths are not there.
import {randomUUID} from "node:crypto";
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";

// The libraries are in the folder that it is started in, not beside this file.
const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const express = require("express");
const SCIMMY = require("scimmy");
const routers = require("scimmy-routers");
const Routers = routers.default ?? routers;
const {Types, Messages, Resources} = SCIMMY.default ?? SCIMMY;

const [folder, token, users, search] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(`${folder}/${name}.json`));
const [types, schemas] = [read("resource-types"), read("schemas")];

const attribute = (one) => new Types.Attribute(one.type, one.name, {
    multiValued: one.multiValued,
    description: one.description,
    required: one.required,
    caseExact: one.caseExact,
    mutable: {readOnly: false, readWrite: true}[one.mutability] ?? one.mutability,
    direction: one.mutability === "readOnly" ? "out" : "both",
    uniqueness: one.uniqueness === "none" ? false : one.uniqueness,
    canonicalValues: one.canonicalValues ?? false,
    ...(one.referenceTypes && {referenceTypes: one.referenceTypes}),
}, (one.subAttributes ?? []).map(attribute));

// The library has users of its own; every other type is made from its schema.
const schemaOf = ({schema}) => {
    const {name, id, description, attributes} = schemas.find((one) => one.id === schema);
    const definition = new Types.SchemaDefinition(name, id, description, attributes.map(attribute));
    return class extends Types.Schema {
        static get definition() { return definition; }
        constructor(resource, direction = "both", basepath, filters) {
            super(resource, direction);
            Object.assign(this, definition.coerce(resource, direction, basepath, filters));
        }
    };
};

const resourceOf = (type) => {
    const schema = schemaOf(type);
    let [basepath, ingress, egress, degress] = [];
    // The library tells resources apart by the name of their class.
    const made = {[type.name]: class extends Types.Resource {
        static get endpoint() { return type.endpoint; }
        static get schema() { return schema; }
        static basepath(path) {
            if (path === undefined) return basepath;
            basepath = path.endsWith(type.endpoint) ? path : `${path}${type.endpoint}`;
            return this;
        }
        static ingress(handler) { ingress = handler; return this; }
        static egress(handler) { egress = handler; return this; }
        static degress(handler) { degress = handler; return this; }
        shown(found) { return new schema(found, "out", basepath, this.attributes); }
        async read(context) {
            const found = await egress(this, context);
            if (this.id) return this.shown(found);
            return new Messages.ListResponse(found.map((one) => this.shown(one)), this.constraints);
        }
        async write(instance, context) {
            try {
                return this.shown(await ingress(this, new schema(instance, "in"), context));
            } catch (error) {
                if (error instanceof TypeError) throw new Types.Error(400, "invalidValue", error.message);
                throw error;
            }
        }
        async patch(message, context) {
            const patched = await new Messages.PatchOp(message)
                .apply(await this.read(context), (instance) => this.write(instance, context));
            return patched && this.shown(patched);
        }
        async dispose(context) { await degress(this, context); }
    }};
    return made[type.name];
};

for (const type of types) {
    const kept = new Map();
    const isUser = type.name === "User";
    const naming = isUser ? "userName" : "displayName";
    const keep = (id, data) => {
        const now = new Date().toISOString();
        const created = kept.get(id)?.meta.created ?? now;
        kept.set(id, {...JSON.parse(JSON.stringify(data)), id, meta: {created, lastModified: now}});
        return kept.get(id);
    };
    const must = (id) => {
        if (!kept.has(id)) throw new Types.Error(404, null, `there is no ${type.name} ${id}`);
        return kept.get(id);
    };
    const folded = (one) => String(one[naming]).toLowerCase();
    Resources.declare(isUser ? Resources.User : resourceOf(type), {
        name: type.name,
        ingress: (resource, data) => {
            if (resource.id) must(resource.id);
            const others = [...kept.values()].filter(({id}) => id !== resource.id);
            if (others.some((one) => folded(one) === folded(data))) {
                throw new Types.Error(409, "uniqueness", `${naming} is taken`);
            }
            return keep(resource.id ?? randomUUID(), data);
        },
        egress: (resource) => {
            if (resource.id) return must(resource.id);
            return resource.filter ? resource.filter.match([...kept.values()]) : [...kept.values()];
        },
        degress: (resource) => { must(resource.id); kept.delete(resource.id); },
    });
    for (let at = 0; isUser && at < Number(users); at += 1) {
        keep(randomUUID(), {userName: `user${at}@example.com`, active: true});
    }
}

const app = express();
app.use((request, response, next) => {
    const searches = request.path.endsWith("/.search");
    if (searches && search === "--no-search") return response.status(404).end();
    if (request.method !== "GET" && !searches) console.log(`wrote ${request.method} ${request.path}`);
    next();
});
app.use("/v2", new Routers({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("wrong token");
        return "tests";
    },
}));
const listening = app.listen(0, "127.0.0.1", () => {
    console.log(`Serving SCIM on http://127.0.0.1:${listening.address().port}/v2`);
});
