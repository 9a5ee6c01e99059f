//! Prints the line items of an export, read with the client of progenitor.

use flate2::read::MultiGzDecoder;
use std::io::{BufRead, BufReader};
use types::{Operation, UnbilledUsageExportRequestBillingPeriod as BillingPeriod};

progenitor::generate_api!(
    spec = "dist/openapi-3.0.json",
    interface = Builder,
);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("authorization", "Bearer any".parse()?);
    let http = reqwest::Client::builder().default_headers(headers).build()?;
    let graph = Client::new_with_client(&std::env::args().nth(1).ok_or("Where is the service?")?, http);

    let export = graph.export_unbilled_usage();
    let accepted = export.body_map(|body| body.currency_code("USD").billing_period(BillingPeriod::Last)).send().await?;
    let operation_id = last_segment(accepted.headers()["location"].to_str()?);
    let operation = loop {
        let answer = graph.get_operation().operation_id(operation_id).send().await?;
        let pause = answer.headers().get("retry-after").cloned();
        match answer.into_inner() {
            Operation::RunningOperation(_) => {
                let seconds = pause.ok_or("no wait")?.to_str()?.parse()?;
                tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
            }
            Operation::ExportSuccessOperation(operation) => break operation,
            Operation::FailedOperation(operation) => return Err(format!("{operation:?}").into()),
        }
    };
    let manifest = match (operation.resource_location, operation.resource_location_odata_navigation_link) {
        (Some(manifest), _) => manifest,
        (None, Some(link)) => graph.get_manifest().manifest_id(last_segment(&link)).send().await?.into_inner(),
        _ => return Err("There is no manifest.".into()),
    };
    for blob in manifest.blobs {
        let url = format!("{}/{}?{}", manifest.root_directory, *blob.name, manifest.sas_token);
        let stored = reqwest::get(url).await?.error_for_status()?.bytes().await?;
        for line in BufReader::new(MultiGzDecoder::new(&stored[..])).lines() {
            // Not `types::UsageLineItem`: its amounts are `f64`, which refuses text.
            let item: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line?)?;
            println!("{}", serde_json::to_string(&item)?);
        }
    }
    Ok(())
}

fn last_segment(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}
