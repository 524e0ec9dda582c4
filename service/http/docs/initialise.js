/* validatorUrl null: the contract is not sent to anybody for validation. The token stays in this page's memory. */
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#contract",
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  displayRequestDuration: true,
  persistAuthorization: false,
});
