//! Prints the line items of an export, read with the client of openapi-generator.

#[allow(dead_code, unused)]
#[path = "../client/src/apis/mod.rs"]
mod apis;
#[allow(dead_code, unused)]
#[path = "../client/src/models/mod.rs"]
mod models;

use apis::configuration::Configuration;
use models::unbilled_usage_export_request::{BillingPeriod, UnbilledUsageExportRequest};
use std::error::Error;
use std::io::{BufRead, BufReader};

fn main() -> Result<(), Box<dyn Error>> {
    let mut graph = Configuration::new();
    graph.base_path = std::env::args().nth(1).ok_or("Where is the service?")?;
    graph.bearer_access_token = Some("any".into());
    let billing = format!("{}/reports/partners/billing", graph.base_path);

    // The generated function does not return the header.
    let request = UnbilledUsageExportRequest::new("USD".into(), BillingPeriod::Last);
    let export = graph.client.post(format!("{billing}/usage/unbilled/export"));
    let accepted = export.bearer_auth("any").json(&request).send()?.error_for_status()?;
    let operation_id = last_segment(accepted.headers()["location"].to_str()?);
    let operation = loop {
        // The generated function fails: serde uses up the tag of an enum, which each variant also requires.
        let poll = graph.client.get(format!("{billing}/operations/{operation_id}"));
        let answer = poll.bearer_auth("any").send()?.error_for_status()?;
        let pause = answer.headers().get("retry-after").cloned();
        let text = answer.text()?;
        match serde_json::from_str::<models::RunningOperation>(&text) {
            Ok(_) => std::thread::sleep(std::time::Duration::from_secs(pause.ok_or("no wait")?.to_str()?.parse()?)),
            Err(_) => break serde_json::from_str::<models::ExportSuccessOperation>(&text)?,
        }
    };
    let manifest = match (operation.resource_location, operation.resource_location_at_odata_navigation_link) {
        (Some(manifest), _) => *manifest,
        (None, Some(link)) => apis::unbilled_usage_api::get_manifest(&graph, last_segment(&link), None)?,
        _ => return Err("There is no manifest.".into()),
    };
    for blob in manifest.blobs {
        let url = format!("{}/{}?{}", manifest.root_directory, blob.name, manifest.sas_token);
        let stored = graph.client.get(url).send()?.error_for_status()?;
        for line in BufReader::new(flate2::read::MultiGzDecoder::new(stored)).lines() {
            let item: models::UsageLineItem = serde_json::from_str(&line?)?;
            println!("{}", serde_json::to_string(&item)?);
        }
    }
    Ok(())
}

fn last_segment(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}
