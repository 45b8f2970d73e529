// Draws the region's outline and the enterprises on it; the list beside it says the same.
import L from "leaflet";

async function draw(element) {
  const map = L.map(element, { attributionControl: false, scrollWheelZoom: false, zoomSnap: 0.25 });
  const read = async (url) => (await fetch(url, { credentials: "same-origin" })).json();
  const [outline, points] = await Promise.all([
    read(element.dataset.outline),
    read(element.dataset.points),
  ]);
  const region = L.geoJSON(outline, {
    interactive: false,
    style: { color: "#154273", weight: 2, fillColor: "#ffffff", fillOpacity: 1 },
  }).addTo(map);
  const pins = L.geoJSON(points, {
    pointToLayer: (_feature, place) =>
      L.circleMarker(place, { radius: 9, className: "im-pin", fillOpacity: 0.9 }),
    onEachFeature: (feature, layer) => {
      const box = document.createElement("div");
      const link = document.createElement("a");
      link.href = feature.properties.url;
      link.textContent = feature.properties.name;
      box.append(link, document.createElement("br"), feature.properties.place);
      layer.bindPopup(box);
      const tip = document.createElement("span");
      tip.textContent = feature.properties.name;
      layer.bindTooltip(tip);
    },
  }).addTo(map);
  const bounds = region.getBounds();
  map.fitBounds(pins.getLayers().length ? bounds.extend(pins.getBounds()) : bounds, { padding: [16, 16] });
}

// The filters put a new, empty map in place: draw that one too.
function drawNew() {
  const element = document.getElementById("kaart");
  if (element && !element.dataset.drawn) {
    element.dataset.drawn = "1";
    draw(element);
  }
}
drawNew();
document.body.addEventListener("htmx:afterSwap", drawNew);
