// What node 18 of Debian 12 lacks and oidc-provider uses; later ones have it all.
import crypto, {webcrypto} from 'node:crypto';
import {register} from 'node:module';

globalThis.crypto ??= webcrypto;
URL.parse ??= (...given) => (URL.canParse(...given) ? new URL(...given) : null);

// The names that a module exports are fixed, so another one stands in for it.
const script = (text) => `data:text/javascript,${encodeURIComponent(text)}`;
const withHash = script(`
        import {createHash} from 'node:crypto';
        export * from 'node:crypto';
        export function hash(name, data, encoding = 'hex') {
                const digest = createHash(name).update(data);
                return encoding === 'buffer' ? digest.digest() : digest.digest(encoding);
        }`);
if (!crypto.hash)
        register(script(`
                export function resolve(name, context, next) {
                        const asked = name === 'node:crypto' && context.parentURL?.includes('/oidc-provider/');
                        return asked ? {url: ${JSON.stringify(withHash)}, shortCircuit: true} : next(name, context);
                }`));
