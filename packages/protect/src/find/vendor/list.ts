// SPDX-License-Identifier: Apache-2.0

/** How the tokens of one vendor look. `pattern` is a part of one regular expression: it begins with something bounded, and its repeats are bounded. */
export interface Vendor {
  readonly name: string;
  /** One of these stands in every token. */
  readonly literals: readonly string[];
  readonly pattern: string;
}

/** Vendors in the order of the alphabet. */
export const VENDORS: readonly Vendor[] = [
  { name: "1Password", literals: ["ops_eyJ"], pattern: "ops_eyJ[A-Za-z0-9+/=_-]{100,2048}" },
  { name: "Adafruit", literals: ["aio_"], pattern: "aio_[A-Za-z0-9]{28}(?![A-Za-z0-9])" },
  { name: "Airtable", literals: ["irtable"], pattern: "pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}" },
  {
    name: "Alibaba Cloud",
    literals: ["LTAI"],
    pattern: "LTAI(?=[A-Za-z]{0,20}\\d)[A-Za-z0-9]{12,20}(?![A-Za-z0-9])",
  },
  { name: "Contentful", literals: ["CFPAT-"], pattern: "CFPAT-[\\w-]{43}" },
  { name: "crates.io", literals: ["crates", "cargo"], pattern: "cio[A-Za-z0-9]{32}(?![A-Za-z0-9])" },
  {
    name: "DigitalOcean",
    literals: ["do_v1_", "op_v1_", "oo_v1_", "or_v1_"],
    pattern: "do[opr]_v1_[0-9a-f]{64}",
  },
  {
    name: "Discord",
    literals: ["iscord", "Bot "],
    pattern: "[MNO][A-Za-z0-9_-]{23,27}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,40}(?![\\w.-])",
  },
  {
    name: "Discord webhook",
    literals: ["api/webhooks/"],
    pattern: "discord(?:app)?\\.com/api/webhooks/\\d{16,20}/[\\w-]{60,80}",
  },
  {
    name: "Doppler",
    literals: ["dp.pt.", "dp.st.", "dp.ct.", "dp.sa."],
    pattern: "dp\\.(?:pt|st|ct|sa|scim|audit)\\.(?:[\\w-]{1,40}\\.)?[A-Za-z0-9]{40,44}",
  },
  { name: "Dropbox", literals: ["sl.u.", "sl.B", "sl.A"], pattern: "sl\\.(?:u\\.)?[A-Za-z0-9_-]{120,1500}" },
  { name: "Duffel", literals: ["duffel_"], pattern: "duffel_(?:test|live)_[\\w-]{43}" },
  {
    name: "Dynatrace",
    literals: ["dt0c01.", "dt0s01.", "dt0s16."],
    pattern: "dt0[a-z]\\d{2}\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}",
  },
  { name: "EasyPost", literals: ["EZAK", "EZTK"], pattern: "EZ[AT]K[A-Za-z0-9]{54}" },
  { name: "Facebook", literals: ["EAA"], pattern: "EAA[A-Za-z0-9]{80,400}" },
  { name: "Figma", literals: ["figd_", "figo_", "figr_"], pattern: "fig[dor][hur]?_[\\w-]{36,64}" },
  {
    name: "Fly.io",
    literals: ["fm1r_", "fm2_", "fo1_"],
    pattern: "(?:fm1[ar]_|fm2_|fo1_)[A-Za-z0-9+/=_-]{40,1024}",
  },
  { name: "Flutterwave", literals: ["FLWSECK"], pattern: "FLWSECK(?:_TEST)?-[0-9a-zA-Z]{12,40}(?:-X)?" },
  { name: "Frame.io", literals: ["fio-u-"], pattern: "fio-u-[\\w-]{64}" },
  { name: "Heroku", literals: ["HRKU-"], pattern: "HRKU-[\\w-]{36,64}" },
  {
    name: "HubSpot",
    literals: ["pat-na", "pat-eu"],
    pattern: "pat-(?:na|eu)\\d-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
  },
  { name: "Infracost", literals: ["ico-"], pattern: "ico-[A-Za-z0-9]{32}(?![A-Za-z0-9])" },
  {
    name: "JFrog",
    literals: ["AKCp", "cmVmdGtuOj"],
    pattern: "(?:AKCp[A-Za-z0-9]{60,75}|cmVmdGtuOj[A-Za-z0-9]{50,60})",
  },
  { name: "Linear", literals: ["lin_a", "lin_o"], pattern: "lin_(?:api|oauth)_[A-Za-z0-9]{32,64}" },
  {
    name: "New Relic",
    literals: ["NRAK-", "NRII-", "NRJS-", "NRRA-", "NRIQ-"],
    pattern: "NR(?:AK|II|JS|RA|IQ|SP|AA)-[\\w-]{19,64}",
  },
  {
    name: "Notion",
    literals: ["ntn_", "secret_"],
    pattern: "(?:ntn_\\d?(?=[A-Za-z]{0,40}\\d)[A-Za-z0-9]{40,50}|secret_[A-Za-z0-9]{43})(?![A-Za-z0-9])",
  },
  { name: "NuGet", literals: ["oy2"], pattern: "oy2[a-z0-9]{43}(?![A-Za-z0-9])" },
  {
    name: "Plaid",
    literals: ["access-sandbox-", "access-production-", "access-development-"],
    pattern:
      "access-(?:sandbox|production|development)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
  },
  { name: "PlanetScale", literals: ["pscale_"], pattern: "pscale_(?:tkn|pw|oauth)_[\\w.=-]{32,64}" },
  { name: "PostHog", literals: ["phx_", "phs_"], pattern: "ph[xs]_[A-Za-z0-9]{40,50}" },
  {
    name: "Postman",
    literals: ["PMAK-", "PMAT-"],
    pattern: "PM(?:AK-[0-9a-f]{24}-[0-9a-f]{34}|AT-[A-Z0-9]{26})",
  },
  { name: "Prefect", literals: ["pnu_"], pattern: "pnu_[A-Za-z0-9]{36}" },
  { name: "Pulumi", literals: ["pul-"], pattern: "pul-[0-9a-f]{40}" },
  { name: "ReadMe", literals: ["rdme_"], pattern: "rdme_[a-z0-9]{70}" },
  {
    name: "Razorpay",
    literals: ["rzp_live_", "rzp_test_"],
    pattern: "rzp_(?:live|test)_[A-Za-z0-9]{14}(?![A-Za-z0-9])",
  },
  { name: "RubyGems", literals: ["rubygems_"], pattern: "rubygems_[0-9a-f]{48}" },
  {
    name: "Sentry",
    literals: ["sntrys_", "sntryu_"],
    pattern: "sntry(?:s_eyJ[A-Za-z0-9+/=_-]{60,400}|u_[0-9a-f]{64})",
  },
  { name: "Shippo", literals: ["shippo_"], pattern: "shippo_(?:live|test)_[0-9a-f]{40}" },
  {
    name: "Shopify",
    literals: ["shpat_", "shpca_", "shppa_", "shpss_"],
    pattern: "shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
  },
  { name: "SonarQube", literals: ["squ_", "sqp_", "sqa_"], pattern: "sq[upa]_[0-9a-f]{40}" },
  { name: "Square", literals: ["sq0atp-", "sq0csp-", "EAAA"], pattern: "sq0(?:atp|csp)-[\\w-]{22,43}" },
  {
    name: "Supabase",
    literals: ["sbp_", "sb_secret_"],
    pattern: "(?:sbp_[0-9a-f]{40}|sb_secret_[\\w-]{20,64})",
  },
  { name: "Telegram", literals: [":AA"], pattern: "\\d{8,10}:AA[A-Za-z0-9_-]{32,34}(?![\\w-])" },
  { name: "Typeform", literals: ["tfp_"], pattern: "tfp_[\\w.=-]{40,64}" },
  { name: "Volcengine", literals: ["AKLT"], pattern: "AKLT[A-Za-z0-9_-]{30,60}(?![\\w-])" },
  { name: "Yandex Cloud", literals: ["AQVN"], pattern: "AQVN[A-Za-z0-9_-]{35,38}(?![\\w-])" },
  {
    name: "Zapier webhook",
    literals: ["hooks.zapier.com/"],
    pattern: "hooks\\.zapier\\.com/hooks/catch/\\d{4,12}/[A-Za-z0-9]{5,12}",
  },
  {
    name: "Teams webhook",
    literals: ["webhook.office.com/"],
    pattern: "[a-z0-9-]{1,63}\\.webhook\\.office\\.com/webhookb2/[\\w@/-]{60,300}",
  },
];
