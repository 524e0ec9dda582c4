// An OpenID provider on a free port of this machine, for tests/harness/openid.py: provider.mjs CERTIFICATE KEY
//
// Prints its issuer when it listens. After a SIGHUP it signs with a new key, and prints "rotated". Who logs in is whoever he
// says he is.
import {generateKeyPairSync, randomUUID} from 'node:crypto';
import {readFileSync} from 'node:fs';
import https from 'node:https';

import './node18.mjs';

const {default: Provider} = await import('oidc-provider'); // after what it needs is there

const [certificate, key] = process.argv.slice(2);
const server = https.createServer({cert: readFileSync(certificate), key: readFileSync(key)});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `https://127.0.0.1:${server.address().port}`;
const cookieKey = randomUUID();

function signingKey() {
        const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048});
        return {...privateKey.export({format: 'jwk'}), kid: randomUUID(), alg: 'RS256', use: 'sig'};
}

// `kiki` is the page that people log in to: named as the service is, so that its ID tokens have the right audience.
const clients = [
        {client_id: 'gateway', client_secret: 'open sesame', grant_types: ['client_credentials'], response_types: [],
         redirect_uris: []},
        {client_id: 'kiki', token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'],
         redirect_uris: ['https://page.example/back']},
];

function provider() {
        return new Provider(issuer, {
                clients,
                jwks: {keys: [signingKey()]},
                cookies: {keys: [cookieKey]},
                scopes: ['openid', 'devices:read'],
                findAccount: (_, sub) => ({accountId: sub, claims: () => ({sub})}),
                issueRefreshToken: () => true,
                features: {
                        clientCredentials: {enabled: true},
                        resourceIndicators: {
                                enabled: true,
                                defaultResource: () => 'https://kiki.example.jp',
                                useGrantedResource: () => true,
                                getResourceServerInfo: () => ({scope: 'devices:read', audience: 'kiki', accessTokenFormat: 'jwt'}),
                        },
                },
        });
}

let answer = provider().callback();
server.on('request', (request, response) => answer(request, response));
process.on('SIGHUP', () => {
        answer = provider().callback();
        console.log('rotated');
});
console.log(issuer);
